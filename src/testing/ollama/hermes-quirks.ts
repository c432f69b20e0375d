import type { SeededRandom } from '../../seeded-random.ts'

/** One plan as a model means it. */
export interface MeantPlan {
  readonly agent: string
  readonly steps: readonly object[]
}

/** What the quirks of values make of the plans. */
type ValueQuirk = (plans: readonly MeantPlan[], random: SeededRandom) => readonly object[]
/** What the quirks of writing make of the text. */
type TextQuirk = (text: string, random: SeededRandom) => string

const VALUES = {
  /** A key that nobody asked for, in each step. */
  'extra-keys': plans => eachStep(plans, step => ({ ...step, confidence: 0.9 })),
  /** `action` for `act`. */
  'renamed-keys': plans => eachStep(plans, ({ act, ...rest }) => ({ action: act, ...rest })),
  /** The last argument of each step is left out. */
  'missing-keys': plans => eachStep(plans, step => Object.fromEntries(Object.entries(step).slice(0, -1))),
  'numbers-as-strings': plans =>
    eachStep(plans, step => mapped(step, value => (typeof value === 'number' ? String(value) : value))),
  /** Names in lower case. */
  'enum-case': plans => eachStep(plans, step => ({ ...step, act: String(step.act).toLowerCase() })),
  /** The arguments as JSON inside a string. */
  'arguments-as-string': plans => eachStep(plans, ({ act, ...args }) => ({ act, arguments: JSON.stringify(args) })),
  /** Text that XML would not bear, and that looks like an end. */
  'unsafe-text': plans => plans.map(plan => ({ ...plan, thought: 'hp < 3 && "run" </tool_call>' })),
} as const satisfies Readonly<Record<string, ValueQuirk>>

const TEXTS = {
  /** Single quotes, `None`, `True`, `False`: the project's own examples are Python. */
  'python-dict': text => inPython(text),
  'trailing-commas': text => outsideStrings(text, part => part.replace(/([}\]])/g, ',$1')),
  'smart-quotes': text => text.replace(/"([^"\\]*)"/g, '“$1”'),
  /** A line break as it is, inside a string. */
  'raw-newlines': text => text.replace('{', '{"note":"first\nsecond",'),
  /** Quotes inside a string, without a backslash. */
  'inner-quotes': text => text.replace('{', '{"note":"the "old" bridge",'),
  /** It grows tired of the list. */
  ellipsis: text => text.replace(/\]\}(?=[^\]}]*\]?\}?$)/, ', ...]}'),
  /** An example of the schema before the answer. */
  'schema-echo': text => `{"type":"object","properties":{"plans":{"type":"array"}}}\n${text}`,
  /** The list without the object around it. */
  array: text => text.replace(/^\{"plans":(.*)\}$/s, '$1'),
  /** The same once more, with a remark. */
  repeated: text => `${text}\n\nHere it is again:\n${text}`,
  fenced: text => `\`\`\`json\n${text}\n\`\`\``,
  'unclosed-fence': text => `\`\`\`json\n${text}`,
  'tool-call': text => `<tool_call>\n{"name":"plan","arguments":${text}}\n</tool_call>`,
  'unclosed-tool-call': text => `<tool_call>${text}`,
  /** A wrapper of another kind, only opened. */
  'function-calls': text => `<function_calls>\n${text}`,
  'prose-before': text => `Sure! Here is the plan you asked for:\n\n${text}`,
  'prose-after': text => `${text}\n\nNote: The JSON above follows your schema.`,
  'scratch-pad': text => `<scratch_pad>\nGoal: plan {each} agent\nActions: none yet\n</scratch_pad>\n${text}`,
  /** Cut where no limit asked for it. */
  'cut-short': (text, random) => text.slice(0, random.int(Math.floor(text.length / 3), text.length - 1)),
  /** On and on. */
  loop: text => `${text}${'\nand so on'.repeat(20)}`,
  /** The stop word was overridden, and it goes on as the user. */
  'as-the-user': text => `${text}<|im_end|>\n<|im_start|>user\nThank you! What next?`,
  empty: () => '',
} as const satisfies Readonly<Record<string, TextQuirk>>

/** What Hermes 2 Pro does to its answers, each by a name. */
export type HermesQuirk = keyof typeof VALUES | keyof typeof TEXTS

export const HERMES_QUIRKS: readonly HermesQuirk[] = Object.keys({ ...VALUES, ...TEXTS }) as HermesQuirk[] // Object.keys forgets

/** Those that a grammar (`format`) does not allow: everything around the JSON, and what is no JSON. */
const AGAINST_GRAMMAR: ReadonlySet<HermesQuirk> = new Set<HermesQuirk>([
  ...(['python-dict', 'trailing-commas', 'smart-quotes', 'raw-newlines', 'inner-quotes', 'ellipsis'] as const),
  ...(['schema-echo', 'repeated', 'fenced', 'unclosed-fence', 'tool-call', 'unclosed-tool-call'] as const),
  ...(['function-calls', 'prose-before', 'prose-after', 'scratch-pad', 'array'] as const),
])

/** The quirks that remain when the server holds the model to a grammar. */
export function withinGrammar(quirks: readonly HermesQuirk[]): readonly HermesQuirk[] {
  return quirks.filter(quirk => !AGAINST_GRAMMAR.has(quirk))
}

/** The plans as a model with these quirks writes them: first those of values, then those of writing, each in the order listed. */
export function writeWithQuirks(
  plans: readonly MeantPlan[],
  quirks: readonly HermesQuirk[],
  random: SeededRandom,
): string {
  const values = new Map<string, ValueQuirk>(Object.entries(VALUES))
  const texts = new Map<string, TextQuirk>(Object.entries(TEXTS))
  const wanted = HERMES_QUIRKS.filter(quirk => quirks.includes(quirk))
  const meant = wanted.reduce<readonly object[]>(
    // Each leaves agent and steps where they are.
    (list, quirk) => values.get(quirk)?.(list as readonly MeantPlan[], random) ?? list,
    plans,
  )
  const text = JSON.stringify({ plans: meant })
  return wanted.reduce((written, quirk) => texts.get(quirk)?.(written, random) ?? written, text)
}

function eachStep(plans: readonly MeantPlan[], change: (step: Readonly<Record<string, unknown>>) => object): object[] {
  return plans.map(plan => ({ ...plan, steps: plan.steps.map(step => change({ ...step })) }))
}

function mapped(step: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(step).map(([key, value]) => [key, change(value)]))
}

const JSON_STRING = /"(?:[^"\\]|\\.)*"/g

function outsideStrings(json: string, change: (part: string) => string): string {
  const strings = json.match(JSON_STRING) ?? []
  return json
    .split(JSON_STRING)
    .map((part, i) => change(part) + (strings[i] ?? ''))
    .join('')
}

function inPython(json: string): string {
  const strings = json.match(JSON_STRING) ?? []
  const words = (part: string) =>
    part
      .replace(/\btrue\b/g, 'True')
      .replace(/\bfalse\b/g, 'False')
      .replace(/\bnull\b/g, 'None')
  const quoted = (text: string) => `'${text.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  return json
    .split(JSON_STRING)
    .map((part, i) => words(part) + (strings[i] === undefined ? '' : quoted(strings[i])))
    .join('')
}
