export interface SeededRandom {
  /** Mean 0, deviation 1, roughly normal: the sum of four even ones, as logarithm and cosine differ between machines. */
  normal(): number
}

/** sfc32, which needs whole numbers alone, so that a seed means the same file everywhere. */
export function seededRandom(seed: number): SeededRandom {
  let [a, b, c, counter] = [0x9e3779b9 | 0, 0x243f6a88 | 0, seed | 0, 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 20; i++) next()
  return { normal: () => ((next() + next() + next() + next()) / 2 ** 32 - 2) * 1.7320508075688772 }
}
