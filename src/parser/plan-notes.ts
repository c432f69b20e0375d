import { renameWords } from './alias-words.ts'
import { isAgentKey } from './is-agent-key.ts'
import type { OpenObject } from './open-object.ts'
import type { ParserPolicy } from './parser-policy.ts'
import { type ReadObject, readObject } from './read-object.ts'

/** A plan's text without its steps, as asked for and with nothing else in it. */
const BARE_PLAN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those a JSON string must not hold.
  /^\{[ \t\n\r]*"agent"[ \t\n\r]*:[ \t\n\r]*"[^"\\\u0000-\u001f]*"[ \t\n\r]*,[ \t\n\r]*"steps"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*\][ \t\n\r]*\}$/

/** Everything in a plan that is not its own, read as `readObject` reads, text fields in the game's own ids; most plans have nothing, and need no parsing. */
export function readNotes(
  { keys, head }: OpenObject,
  strict: boolean,
  {
    textFields = [],
    aliases,
  }: Pick<ParserPolicy, 'textFields'> & { readonly aliases?: ReadonlyMap<string, string> } = {},
): ReadObject {
  if (keys === 2 && BARE_PLAN.test(head)) return { value: {}, repairs: [] }
  const read = readObject(head, strict)
  if (read.value === undefined) return read
  const notes: Record<string, unknown> = {}
  for (const key of Object.keys(read.value)) if (!isOwnKey(key)) notes[key] = read.value[key]
  // As they were streamed.
  for (const field of aliases?.size ? textFields : []) {
    const text = Object.hasOwn(notes, field) ? notes[field] : undefined
    if (typeof text === 'string' && aliases) notes[field] = renameWords(text, aliases)
  }
  return { value: notes, repairs: read.repairs }
}

/** A key of the plan's own, or the id that models copy from the example: none of them is a note. */
function isOwnKey(key: string): boolean {
  return key === 'steps' || isAgentKey(key) || key === 'plan_id' || key === 'planId'
}
