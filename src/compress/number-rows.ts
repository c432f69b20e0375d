import type { Json } from '../world.ts'

/**
 * Two or more lists of equally many numbers, without their brackets: `[[2,5],[3,7]]` becomes `[2,5|3,7]`. Pairs of which some follow
 * another with the same first number name it once: `[[2,5],[2,9],[3,7]]` becomes `[2:5,9|3:7]`, so that a game which sorts its cells
 * has them for half the tokens. The order stays as it is. Nothing for other lists. Columns of a table are never numbers.
 */
export function numberRows(list: readonly Json[]): string | undefined {
  const rows: (readonly number[])[] = []
  for (const row of list) {
    if (!isNumbers(row) || row.length === 0 || row.length !== (rows[0]?.length ?? row.length)) return undefined
    rows.push(row)
  }
  const [first] = rows
  if (!first || rows.length < 2) return undefined
  const repeats = first.length === 2 && rows.some(([head], i) => i > 0 && head === rows[i - 1]?.[0])
  return `[${repeats ? groups(rows) : rows.map(row => row.map(numberText).join(',')).join('|')}]`
}

function groups(rows: readonly (readonly number[])[]): string {
  let text = ''
  rows.forEach(([head = 0, tail = 0], i) => {
    if (i > 0 && head === rows[i - 1]?.[0]) text += `,${numberText(tail)}`
    else text += `${i > 0 ? '|' : ''}${numberText(head)}:${numberText(tail)}`
  })
  return text
}

function numberText(value: number): string {
  return JSON.stringify(value)
}

function isNumbers(value: Json): value is readonly number[] {
  return Array.isArray(value) && value.every(cell => typeof cell === 'number')
}
