import { SeededRandom } from '../../seeded-random.ts'

/** `logprobs` of the tokens of one line: made up, and the same for the same tokens. `alternatives` counts the token itself. */
export function logProbabilities(
  tokens: readonly string[],
  alternatives: number,
): { readonly logprobs: readonly object[] } {
  return {
    logprobs: tokens.map(token => {
      const random = new SeededRandom('logprobs', token)
      const own = entry(token, -random.next())
      if (alternatives === 0) return own
      const others = Array.from({ length: alternatives - 1 }, (_, i) => entry(random.hex(2), -1 - i - random.next()))
      return { ...own, top_logprobs: [own, ...others] }
    }),
  }
}

function entry(token: string, logprob: number): object {
  return { token, logprob, bytes: [...Buffer.from(token)] }
}
