import type { LlmRequestOptions } from '../llm/llm-client.ts'

/** @throws RangeError for a quantity that no request can have. */
export function checkedOptions(options: LlmRequestOptions): LlmRequestOptions {
  const { maxTokens, timeouts } = options
  if (maxTokens !== undefined && !(Number.isSafeInteger(maxTokens) && maxTokens > 0)) {
    throw new RangeError(`maxTokens is ${maxTokens}: use a whole number from 1 up, or leave it out`)
  }
  for (const [name, ms] of Object.entries(timeouts ?? {})) {
    // Absent, for callers without exactOptionalPropertyTypes.
    if (ms !== undefined && !(ms > 0))
      throw new RangeError(`timeouts.${name} is ${ms}: use more than 0, or leave it out`)
  }
  return options
}
