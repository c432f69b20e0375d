/** Both lists as one; mostly one of them is empty, and then the other is not copied. */
export function joinedRepairs(a: readonly string[], b: readonly string[]): readonly string[] {
  return b.length === 0 ? a : a.length === 0 ? b : [...a, ...b]
}
