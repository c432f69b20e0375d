/** As the engine has it: a number of half the precision. */
export function float32(value: number): number {
  return Math.fround(value)
}

/** The vector with length 1, each step in that precision, as Ollama does it; one of zeros as it is. */
export function normalised(vector: readonly number[]): number[] {
  const values = vector.map(float32)
  const sum = values.reduce((sum, value) => float32(sum + float32(value * value)), 0)
  const factor = float32(sum > 0 ? 1 / Math.sqrt(sum) : 0)
  return values.map(value => float32(value * factor))
}

/** The number with the fewest digits that is the same one in that precision, which is what Go writes. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (float32(rounded) === value) return rounded
  }
  return Number(value.toPrecision(9))
}
