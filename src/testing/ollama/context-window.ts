import { tokenPieces } from '../../compress/token-pieces.ts'
import { renderChat, type TemplateMessage } from './chat-template.ts'
import type { ModelOptions } from './model-options.ts'
import { Refusal } from './refusal.ts'

/**
 * The conversation as the model gets it: while it is longer than the context, the oldest messages go, but never the system's and
 * never the last one.
 */
export function fitMessages(messages: readonly TemplateMessage[], { contextTokens }: ModelOptions): string {
  const promptFrom = (oldest: number) => renderChat(messages.filter(({ role }, i) => i >= oldest || role === 'system'))
  let oldest = 0
  let last = Math.max(0, messages.length - 1)
  // Halving the range, as every try renders and counts all that is left.
  while (oldest < last) {
    const middle = Math.floor((oldest + last) / 2)
    if (tokenPieces(promptFrom(middle)).length <= contextTokens) last = middle
    else oldest = middle + 1
  }
  return promptFrom(oldest)
}

/** What is still too long loses its middle: a few tokens of the head stay, and the tail up to half the context. */
export function fitPrompt(prompt: string, { contextTokens, keepTokens }: ModelOptions): string {
  const tokens = tokenPieces(prompt)
  if (tokens.length < contextTokens) return prompt
  const head = Math.min(Math.max(0, keepTokens), contextTokens - 1)
  const tail = Math.max(1, Math.floor((contextTokens - head) / 2))
  return [...tokens.slice(0, head), ...tokens.slice(tokens.length - tail)].join('')
}

/** With `truncate: false` the engine refuses instead. @throws Refusal whose text is JSON inside a string */
export function refuseLongPrompt(prompt: string, { contextTokens }: ModelOptions): void {
  const count = tokenPieces(prompt).length
  if (count < contextTokens) return
  const message = `request (${count} tokens) exceeds the available context size (${contextTokens} tokens), try increasing it`
  throw new Refusal(
    400,
    `{"error": {"code": 400, "message": "${message}", "type": "exceed_context_size_error", "n_prompt_tokens": ${count}, "n_ctx": ${contextTokens}}}`,
  )
}
