import type { Clock } from '../../clock.ts'

/** The longest duration Go knows: 292 years, its way of saying forever. */
export const FOREVER_MS = 2 ** 63 / 1e6

/** Dates for a clock that only knows how much time has passed. */
export class WallClock {
  readonly #clock: Clock
  readonly #offsetMs: number

  constructor(clock: Clock, startMs: number) {
    this.#clock = clock
    this.#offsetMs = startMs - clock.now()
  }

  /** RFC 3339 with nanoseconds, trailing zeros trimmed, for a moment of the clock. @defaultValue now */
  rfc3339(atMs = this.#clock.now()): string {
    const ms = this.#offsetMs + atMs
    const whole = Math.floor(ms)
    const seconds = new Date(whole).toISOString().slice(0, 19)
    const nanos = (((whole % 1000) + 1000) % 1000) * 1e6 + Math.min(999_999, Math.round((ms - whole) * 1e6))
    const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '')
    return `${seconds}${fraction && `.${fraction}`}Z`
  }

  /** Whole seconds since 1970. */
  unixSeconds(): number {
    return Math.floor((this.#offsetMs + this.#clock.now()) / 1000)
  }

  /** As the `Date` header has it. */
  httpDate(): string {
    return new Date(this.#offsetMs + this.#clock.now()).toUTCString()
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Go's `time.ParseDuration`, in milliseconds. @throws Error with Go's own words. */
export function parseGoDuration(text: string): number {
  const invalid = () => new Error(`time: invalid duration ${JSON.stringify(text)}`)
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return 0
  if (!rest) throw invalid()
  let ms = 0
  let at = 0
  const part = /(\d*)(\.\d*)?([^\d.]*)/y
  while (at < rest.length) {
    part.lastIndex = at
    const [found = '', whole = '', fraction = '', unit = ''] = part.exec(rest) ?? []
    if (!whole && fraction.length < 2) throw invalid()
    if (!unit) throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`)
    const factor = Object.hasOwn(UNIT_MS, unit) ? UNIT_MS[unit] : undefined
    if (factor === undefined) {
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`)
    }
    ms += Number(`${whole || '0'}${fraction}`) * factor
    at += found.length
  }
  if (ms > FOREVER_MS) throw invalid()
  return sign === '-' ? -ms : ms
}
