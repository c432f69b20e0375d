/** What a JSON Schema says about a number. */
export interface NumberBounds {
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

/** Longest number without a bound: nine digits, so that a model which likes digits comes to an end, and JavaScript can hold it. */
const UNBOUNDED = 999_999_999
/** Digits behind the point. */
const PLACES = 4

/** Whole numbers between the bounds, both included, as the alternatives of a GBNF rule. None when there is no such number. */
export function integerAlternatives(bounds: NumberBounds): string[] {
  const [low, high] = integerBounds(bounds)
  return [...signed(low, high, -1), ...signed(low, high, 1)]
}

/**
 * Numbers between the bounds, with up to four digits behind the point and never in the scientific way, which would let a short
 * text mean infinity. None when the bounds are closer than that.
 */
export function numberAlternatives(bounds: NumberBounds): string[] {
  const low = Math.max(bounds.minimum ?? -Infinity, bounds.exclusiveMinimum ?? -Infinity)
  const high = Math.min(bounds.maximum ?? Infinity, bounds.exclusiveMaximum ?? Infinity)
  return [
    ...integerAlternatives(bounds),
    ...negative(fractions(Math.max(0, -high), -low)),
    ...fractions(Math.max(0, low), high),
  ]
}

function integerBounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: NumberBounds): [number, number] {
  const low = Math.max(Math.ceil(minimum ?? -Infinity), Math.floor((exclusiveMinimum ?? -Infinity) + 1))
  const high = Math.min(Math.floor(maximum ?? Infinity), Math.ceil((exclusiveMaximum ?? Infinity) - 1))
  // zod writes the bounds of a safe integer where the game gave none.
  const isLow = low > Number.MIN_SAFE_INTEGER
  const isHigh = high < Number.MAX_SAFE_INTEGER
  return [
    isLow ? low : Math.min(-UNBOUNDED, isHigh ? high - UNBOUNDED : 0),
    isHigh ? high : Math.max(UNBOUNDED, isLow ? low + UNBOUNDED : 0),
  ]
}

/** The numbers of one sign; 0 has none. */
function signed(low: number, high: number, sign: 1 | -1): string[] {
  if (sign === 1) return magnitudes(Math.max(0, low), high)
  return negative(magnitudes(Math.max(1, -high), -low))
}

function negative(digits: readonly string[]): string[] {
  return digits.length === 0 ? [] : [`"-" (${digits.join(' | ')})`]
}

/** Whole numbers from 0 on, one alternative for each pattern of digits. */
function magnitudes(low: number, high: number): string[] {
  const alternatives: string[] = []
  // Lengths of which every number is between the bounds are one pattern together.
  let [shortest, longest] = [0, 0]
  for (let digits = 1; low <= high && digits <= String(high).length; digits++) {
    const least = digits === 1 ? 0 : 10 ** (digits - 1)
    const most = 10 ** digits - 1
    const [from, to] = [Math.max(low, least), Math.min(high, most)]
    if (from > to) continue
    if (digits > 1 && from === least && to === most) {
      shortest ||= digits
      longest = digits
    } else {
      alternatives.push(...sameLength(String(from), String(to)))
    }
  }
  if (longest > 0) alternatives.push(`[1-9] [0-9]{${shortest - 1},${longest - 1}}`)
  return alternatives
}

/** All digit strings between two of the same length. */
function sameLength(low: string, high: string): string[] {
  const [first = '', last = ''] = [low[0], high[0]]
  const [lowRest, highRest] = [low.slice(1), high.slice(1)]
  const places = lowRest.length
  if (places === 0) return [range(first, last)]
  if (first === last) return sameLength(lowRest, highRest).map(rest => `${range(first, last)} ${rest}`)
  const fullLow = /^0*$/.test(lowRest)
  const fullHigh = /^9*$/.test(highRest)
  const from = fullLow ? first : next(first, 1)
  const to = fullHigh ? last : next(last, -1)
  return [
    ...(fullLow ? [] : sameLength(lowRest, '9'.repeat(places)).map(rest => `${range(first, first)} ${rest}`)),
    ...(from <= to ? [`${range(from, to)} [0-9]${places > 1 ? `{${places}}` : ''}`] : []),
    ...(fullHigh ? [] : sameLength('0'.repeat(places), highRest).map(rest => `${range(last, last)} ${rest}`)),
  ]
}

/** Numbers with a part behind the point that is more than 0, for a sign that is already written. */
function fractions(low: number, high: number): string[] {
  if (!(low < high)) return []
  const to = Math.min(high, UNBOUNDED + 1)
  const alternatives: string[] = []
  // Whole parts below which and above which nothing is cut off.
  const whole = magnitudes(Math.ceil(low), Math.floor(to) - 1)
  alternatives.push(...whole.map(digits => `${digits} "." [0-9]{0,${PLACES - 1}} [1-9]`))
  for (const part of new Set([Math.floor(low), Math.floor(to)])) {
    if (part >= Math.ceil(low) && part <= Math.floor(to) - 1) continue
    const scale = 10 ** PLACES
    const written = (behind: number) => `${part}.${String(behind).padStart(PLACES, '0')}`
    let from = Math.max(1, Math.floor((low - part) * scale))
    let until = Math.min(scale - 1, Math.ceil((to - part) * scale))
    // Asked of the number itself, as the sums above are rounded.
    while (from <= until && Number(written(from)) <= low) from++
    while (from <= until && Number(written(until)) >= to) until--
    if (from <= until) {
      const behind = sameLength(String(from).padStart(PLACES, '0'), String(until).padStart(PLACES, '0'))
      alternatives.push(...behind.map(digits => `"${part}." ${digits}`))
    }
  }
  return alternatives
}

function range(from: string, to: string): string {
  return from === to ? `"${from}"` : `[${from}-${to}]`
}

function next(digit: string, by: number): string {
  return String(Number(digit) + by)
}
