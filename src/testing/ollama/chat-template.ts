export interface TemplateMessage {
  readonly role: string
  readonly content: string
}

const START = '<|im_start|>'
const END = '<|im_end|>'

/** What the model stops at by itself. */
export const DEFAULT_STOPS: readonly string[] = [START, END]

/** The model's template as `/api/show` tells it. */
export const TEMPLATE = `{{ if .System }}${START}system
{{ .System }}${END}
{{ end }}{{ if .Prompt }}${START}user
{{ .Prompt }}${END}
{{ end }}${START}assistant
{{ .Response }}${END}
`

/**
 * Messages as ChatML. Neighbours of one role become one block; a last message of the assistant stays open, so that the model
 * goes on from there. Other roles than the three are left out, as the template does.
 */
export function renderChat(messages: readonly TemplateMessage[]): string {
  const blocks = collate(messages.filter(({ role }) => role === 'system' || role === 'user' || role === 'assistant'))
  const last = blocks.at(-1)
  const open = last?.role === 'assistant' ? last.content : ''
  const closed = last?.role === 'assistant' ? blocks.slice(0, -1) : blocks
  const text = closed.map(({ role, content }) => `${START}${role}\n${content}${END}\n`).join('')
  return `${text}${START}assistant\n${open}`
}

function collate(messages: readonly TemplateMessage[]): readonly TemplateMessage[] {
  const blocks: TemplateMessage[] = []
  for (const { role, content } of messages) {
    const last = blocks.at(-1)
    if (last?.role === role) blocks[blocks.length - 1] = { role, content: `${last.content}\n\n${content}` }
    else blocks.push({ role, content })
  }
  return blocks
}
