import type { CorpusEntry } from '../test/parser/corpus-quirks.ts'
import { AGENTS, type Options } from '../test/parser/skirmish.ts'

/** Random numbers that a seed brings back. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0]
  }
}

/** A reply to read, and what must come out of it whatever happened to the rest. */
export interface FuzzInput {
  readonly kind: 'mutated corpus' | 'mutated document' | 'damaged element' | 'noisy document'
  readonly reply: string
  readonly options: Options
  /** Agents whose plans nothing happened to, with the text of each. */
  readonly untouched: ReadonlyMap<string, string>
}

const NONE: ReadonlyMap<string, string> = new Map()

const FRAGMENTS: readonly [string, ...string[]] = [
  '{',
  ...'}[],:"\'\\`</ \n0-.eE',
  '“',
  '”',
  '‘',
  '\ud83d',
  '\ude00',
  '\u00a0',
  '\ufeff',
  '\u0000',
  '```json\n',
  '```',
  '~~~',
  '<think>',
  '</think>',
  '<scratch_pad>',
  '</scratch_pad>',
  '<tool_call>',
  '</tool_call>',
  '<|im_end|>',
  '<b class="x">',
  '<',
  '//',
  '// x\n',
  '/*',
  '*/',
  '# x\n',
  '...',
  '…',
  'NaN',
  'Infinity',
  'None',
  'True',
  'null',
  'undefined',
  '01',
  '1e999',
  '\\u12',
  '\\ud83d',
  '\\"',
  "\\'",
  '\\x',
  '\\\\',
  "don't",
  '"agent"',
  '"agent":"cook"',
  '{"agent":"cook","steps":[',
  '{"agent":"guard-7",',
  '"steps":',
  '"steps":[',
  '"plans":[',
  '{"plans":[',
  '"id":7',
  '"act":"Wait"',
  '{"act":"Wait","seconds":1}',
  '"arguments":',
  '"arguments":"',
  '{"name":"x","arguments":"{',
  '"parameters":{',
  '"__proto__":{"x":1},',
  '"constructor":1,',
  '},{',
  ']}',
  '}]}',
  '}]}]}',
  '":"',
  '","',
  '",{"',
  '[[[[[[[[',
  '{"a":{"a":{"a":',
]

const TEXTS = [
  '',
  'go',
  'it\'s "on"',
  '},{"agent":"x"',
  '[1] {x}',
  '<think>no</think>',
  '```json',
  '世界 👩‍🚀',
  '\ud83d',
  '\u0000\u001f\\/',
  'a\nb\tc',
  '//x /*y*/',
  "'",
  '“”',
  '<tool_call>{"arguments":"{',
  'NaN',
] as const

function value(random: Random, depth = 0): unknown {
  switch (random.below(depth > 3 ? 5 : 7)) {
    case 0:
      return random.pick([0, -1, 1.5, 1e21, -2.5e-7, 9007199254740991])
    case 1:
      return random.pick([true, false, null])
    case 5:
      return Array.from({ length: random.below(3) }, () => value(random, depth + 1))
    case 6:
      return Object.fromEntries(
        Array.from({ length: random.below(3) }, () => [
          random.pick(['', 'a', 'id', 'steps', 'x y', 'plans']),
          value(random, depth + 1),
        ]),
      )
    default:
      return random.pick(TEXTS)
  }
}

function step(random: Random): object {
  switch (random.below(6)) {
    case 0:
      return { act: 'MoveTo', x: random.below(9), y: -random.below(9) }
    case 1:
      return { act: 'Wait', seconds: 0.5 + random.below(9) }
    case 2:
      return { act: 'Patrol', waypoints: Array.from({ length: random.below(3) }, (_, x) => ({ x, y: 0 })) }
    case 3:
      return random.chance(80) ? { act: 'MoveTo', x: 1, y: 2, speed: 'run' } : { act: random.pick(['Fly', 'wait', '']) }
    default:
      return { act: 'Say', text: random.pick(TEXTS) }
  }
}

/** Plans of different agents. `simple`: only of what a damage beside them could not make part of itself. */
function plans(random: Random, simple: boolean): Map<string, string> {
  const written = new Map<string, string>()
  const count = simple ? 3 : 1 + random.below(4)
  for (let i = 0; i < count; i++) {
    const agent = simple ? (AGENTS[i] ?? '') : random.pick([...AGENTS, 'ghost'])
    const steps = Array.from({ length: random.below(4) }, () =>
      simple ? { act: 'Wait', seconds: 1 + random.below(9) } : step(random),
    )
    const notes = simple
      ? { say: random.pick(['On my way.', 'go', 'да']) }
      : random.chance(50)
        ? { say: random.pick(TEXTS), note: value(random) }
        : {}
    const key = simple ? 'agent' : random.pick(['agent', 'agent', 'agent', 'agent_id', 'agentId', 'id'])
    const head = { [key]: agent }
    const plan = random.chance(simple ? 0 : 10) ? { steps, ...notes, ...head } : { ...head, steps, ...notes }
    written.set(agent, JSON.stringify(plan, null, random.chance(simple ? 0 : 15) ? 2 : undefined))
  }
  return written
}

const call = (args: string) => `<tool_call>\n{"name":"submit","arguments":${args}}\n</tool_call>\n`
const SHAPES: readonly [(texts: string[]) => string, ...((texts: string[]) => string)[]] = [
  texts => `{"plans":[${texts.join(',')}]}`,
  texts => `{"plans":[${texts.join(',')}]}`,
  texts => `[${texts.join(', ')}]`,
  texts => texts.join('\n'),
  texts => texts.map(call).join(''),
  texts => call(`{"plans":[${texts.join(',')}]}`),
  texts => texts.map(text => call(JSON.stringify(text))).join('\n'),
  texts => call(JSON.stringify(`{"plans":[${texts.join(',')}]}`)),
  texts => `Sure, here it is:\n\`\`\`json\n[${texts.join(',\n')}]\n\`\`\`\nThat's all.`,
  texts => `<think>Hm {"agent":"cook"</think>${texts.join(' ')}`,
]

function options(random: Random): Options {
  return {
    ...(random.chance(10) && { strict: true }),
    ...(random.chance(20) && { coerce: true }),
    ...(random.chance(40) && { textFields: ['say', 'note'] }),
    ...(random.chance(30) && { fields: true }),
    ...(random.chance(20) && { onIllegalStep: random.pick(['reject', 'skip']) }),
    ...(random.chance(10) && { aliases: new Map([['a1', 'cook']]) }),
    ...(random.chance(10) && {
      limits: {
        depth: 4 + random.below(6),
        steps: 1 + random.below(3),
        elementChars: 20 + random.below(200),
        whitespaceRun: 1 + random.below(9),
      },
    }),
  }
}

/** One change anywhere in the text. */
function mutated(random: Random, text: string, other: string): string {
  const at = random.below(text.length + 1)
  const length = 1 + random.below(random.chance(70) ? 4 : 40)
  const before = text.slice(0, at)
  const after = text.slice(at)
  switch (random.below(8)) {
    case 0:
      return before + text.slice(at + length)
    case 1:
      return before + after.slice(0, length) + after
    case 2: {
      const next = at + length
      return before + text.slice(next, next + length) + text.slice(at, next) + text.slice(next + length)
    }
    case 3:
      return random.chance(20) ? before : before + random.pick(FRAGMENTS) + after
    case 4: {
      const from = random.below(other.length + 1)
      return before + other.slice(from, from + length * 3) + after
    }
    case 5:
      return before + random.pick(FRAGMENTS) + after.slice(1)
    default:
      return before + random.pick(FRAGMENTS) + after
  }
}

function mutatedOften(random: Random, text: string, other: string): string {
  let reply = text
  for (let n = 1 + random.below(4); n > 0; n--) reply = mutated(random, reply, other)
  return reply
}

export function noisyDocument(random: Random): FuzzInput {
  let reply = random.pick(SHAPES)([...plans(random, false).values()])
  for (let n = random.below(4); n > 0; n--) {
    const at = random.below(reply.length + 1)
    reply = reply.slice(0, at) + random.pick(FRAGMENTS) + reply.slice(at)
  }
  return { kind: 'noisy document', reply, options: options(random), untouched: NONE }
}

/** One wrong character in one plan of a document: one that is missing, one too many, or another one. */
function damagedElement(random: Random): FuzzInput {
  const written = plans(random, true)
  const victim = random.pick(AGENTS)
  const text = written.get(victim) ?? ''
  const at = random.below(text.length)
  const char = random.pick(['', '', '{', '}', ']', ',', ':', '"', ' ', '\n', 'x', '1', '-', 'é'])
  const damaged = text.slice(0, at) + char + text.slice(random.chance(50) || char === '' ? at + 1 : at)
  const untouched = new Map([...written].filter(([agent]) => agent !== victim))
  const texts = [...written].map(([agent, text]) => (agent === victim ? damaged : text))
  return { kind: 'damaged element', reply: `{"plans":[${texts.join(',')}]}`, options: {}, untouched }
}

export function fuzzInput(random: Random, corpus: readonly [CorpusEntry, ...CorpusEntry[]]): FuzzInput {
  const other = random.pick(corpus).reply
  switch (random.below(4)) {
    case 0: {
      const { reply, options: own } = random.pick(corpus)
      return {
        kind: 'mutated corpus',
        reply: mutatedOften(random, reply, other),
        options: { ...options(random), ...own },
        untouched: NONE,
      }
    }
    case 1: {
      const reply = random.pick(SHAPES)([...plans(random, false).values()])
      return {
        kind: 'mutated document',
        reply: mutatedOften(random, reply, other),
        options: options(random),
        untouched: NONE,
      }
    }
    case 2:
      return damagedElement(random)
    default:
      return noisyDocument(random)
  }
}

/** The text in pieces of random sizes, some of them empty. */
export function cutAtRandom(random: Random, text: string): string[] {
  const most = random.pick([2, 4, 8, 64, 500])
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const size = random.below(most + 1)
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}
