import { goJson } from './go-json.ts'

/** The names of a request's `tools`; what has no name is none. */
export function toolNames(tools: readonly unknown[]): string[] {
  return tools.map(nameOf).filter(name => name !== undefined)
}

function nameOf(tool: unknown): string | undefined {
  if (typeof tool !== 'object' || tool === null || !('function' in tool)) return undefined
  const { function: declared } = tool
  if (typeof declared !== 'object' || declared === null || !('name' in declared)) return undefined
  return typeof declared.name === 'string' ? declared.name : undefined
}

/** What a template with tools says of them, as Hermes was trained to read it. */
export function toolsMessage(tools: readonly unknown[]): { readonly role: 'system'; readonly content: string } {
  const signatures = tools.map(goJson).join('\n')
  const how =
    'For each function call return a json object with function name and arguments within <tool_call></tool_call>'
  return {
    role: 'system',
    content: `You are a function calling AI model. Function signatures:\n<tools>\n${signatures}\n</tools>\n${how} XML tags.`,
  }
}
