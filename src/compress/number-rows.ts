import type { Json } from '../world.ts'

/**
 * Two or more lists of equally many numbers, without their brackets: `[[2,5],[3,7]]` becomes `[2,5|3,7]`. Pairs of which some follow
 * another with the same first number name it once: `[[2,5],[2,9],[3,7]]` becomes `[2:5,9|3:7]`, so that a game which sorts its cells
 * has them for half the tokens. The order stays as it is. Nothing for other lists. Columns of a table are never numbers.
 */
export function numberRows(list: readonly Json[]): string | undefined {
  const [first] = list
  if (list.length < 2 || !isNumbers(first) || first.length === 0) return undefined
  let repeats = false
  let before: number | undefined
  for (const row of list) {
    if (!isNumbers(row) || row.length !== first.length) return undefined
    repeats ||= row.length === 2 && row[0] === before
    before = row[0]
  }
  let text = '['
  before = undefined
  for (const row of list as readonly (readonly number[])[]) {
    // each was looked at above
    if (!repeats) {
      if (before !== undefined) text += '|'
      for (let i = 0; i < row.length; i++) text += `${i > 0 ? ',' : ''}${numberText(row[i] ?? 0)}`
    } else if (row[0] === before) text += `,${numberText(row[1] ?? 0)}`
    else text += `${before === undefined ? '' : '|'}${numberText(row[0] ?? 0)}:${numberText(row[1] ?? 0)}`
    before = row[0]
  }
  return `${text}]`
}

/** As `JSON.stringify`, which makes the text anew for every small number. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null'
}

function isNumbers(value: Json | undefined): value is readonly number[] {
  if (!Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'number') return false
  return true
}
