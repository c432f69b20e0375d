/** Blocks whose content is thought, echo or example, and never an answer. */
const HIDDEN: ReadonlyMap<string, string> = new Map([
  ['think', 'think'],
  ['thinking', 'thinking'],
  ['thought', 'thought'],
  ['thoughts', 'thoughts'],
  ['reasoning', 'reasoning'],
  ['reflection', 'reflection'],
  ['scratch_pad', 'scratch_pad'],
  ['scratchpad', 'scratch_pad'],
  ['schema', 'schema'],
  ['tools', 'tools'],
  ['tool_response', 'tool_response'],
  ['example', 'example'],
  ['examples', 'examples'],
])

/** What a tag, from its `<` to before its `>`, says about hidden blocks. */
export function hiddenBlockOf(tag: string): { readonly name: string | undefined; readonly closes: boolean } {
  const [, slash, word = ''] = /^<(\/?)\|?([a-z_]*)/i.exec(tag) ?? []
  return { name: HIDDEN.get(word.toLowerCase()), closes: slash === '/' }
}
