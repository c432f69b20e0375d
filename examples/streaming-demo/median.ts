/** The middle of the figures that there are; of an even number, between the two in the middle. */
export function median(figures: readonly (number | undefined)[]): number | undefined {
  const sorted = figures.filter(figure => figure !== undefined).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined || sorted.length % 2 === 1) return upper
  return ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Nothing, when either is missing or there is nothing to divide by. */
export function ratio(over: number | undefined, under: number | undefined): number | undefined {
  return over === undefined || !under ? undefined : over / under
}
