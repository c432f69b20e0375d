export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What a model is asked: one user message, or a conversation. */
export type Prompt = string | readonly ChatMessage[]

/** A prompt as the messages that every chat server takes. */
export function messagesOf(prompt: Prompt): readonly ChatMessage[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt
}
