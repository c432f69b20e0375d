import { SeededRandom } from '../../seeded-random.ts'
import { type ActionSignature, type ArgField, type ArgType, parseSignature } from './action-signature.ts'
import { type HermesQuirk, writeWithQuirks } from './hermes-quirks.ts'

/** What the simulated model says to a prompt that asks for no plans. */
export const NO_PLANS = 'There is nothing to plan.'

/** The sizes of a map on which any number drawn for a coordinate is likely to exist. */
const USUAL_LOW = 0
const USUAL_HIGH = 9

/**
 * What a well-behaved model answers to a planweave prompt: a plan of two or three legal steps for each agent, in the prompt's order,
 * as compact JSON. The same seed and prompt give the same reply. `prompt` is the rendered ChatML text; actions are read from
 * the lines after `Actions:` in the system's block, agents from the user's lines that begin with `Agent "id"`. Where updates
 * follow, the last of them says who is asked. With `quirks` it behaves less well, in each of these ways.
 */
export function planReply(prompt: string, seed: number | string, quirks: readonly HermesQuirk[] = []): string {
  const actions = actionsIn(blockOf(prompt, 'system'))
  const sections = askedSections(blockOf(prompt, 'user'))
  if (actions.length === 0 || sections.length === 0) return NO_PLANS
  const ids = sections.map(({ agentId }) => agentId)
  const plans = sections.map(({ agentId, text }) => {
    const random = new SeededRandom(seed, agentId, text)
    const known = [...idsIn(text), ...ids].filter(id => id !== agentId)
    const steps = Array.from({ length: random.int(2, 3) }, () => stepOf(actions, known, random))
    return { agent: agentId, steps }
  })
  return writeWithQuirks(plans, quirks, new SeededRandom(seed, 'quirks', prompt))
}

/** All blocks of one role, joined. */
function blockOf(prompt: string, role: string): string {
  const start = `<|im_start|>${role}\n`
  return prompt
    .split('<|im_end|>')
    .map(block => block.trimStart())
    .filter(block => block.startsWith(start))
    .map(block => block.slice(start.length))
    .join('\n')
}

function actionsIn(system: string): ActionSignature[] {
  const lines = system.split('\n')
  return lines
    .slice(lines.lastIndexOf('Actions:') + 1 || lines.length)
    .map(parseSignature)
    .filter(signature => signature !== undefined)
}

interface AgentText {
  readonly agentId: string
  readonly text: string
}

/** Of those whom the prompt knows, the ones whom it asks, each with what the last update says. */
function askedSections(user: string): AgentText[] {
  const updates = [...user.matchAll(/^Update\n.*?^Plan for(?:: ([^\n]*)| all\.)$/gms)]
  const last = updates.at(-1)
  const textById = new Map(agentSectionsIn(user).map(({ agentId, text }) => [agentId, text]))
  if (!last) return [...textById].map(([agentId, text]) => ({ agentId, text }))
  const asked: unknown = last[1] === undefined ? [...textById.keys()] : parsed(`[${last[1]}]`)
  if (!Array.isArray(asked)) return []
  return asked.map(String).map(agentId => ({ agentId, text: `${textById.get(agentId) ?? ''}\n${last[0]}` }))
}

/** Each agent with the lines up to the next one. */
function agentSectionsIn(user: string): AgentText[] {
  const heads = [...user.matchAll(/^Agent ("(?:[^"\\]|\\.)*")/gm)]
  return heads.map((head, i) => {
    // The pattern lets only what looks like a JSON string through.
    const agentId: unknown = parsed(head[1] ?? '""')
    const text = user.slice(head.index + head[0].length, heads[i + 1]?.index ?? user.length)
    return { agentId: String(agentId), text }
  })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json.slice(1, -1)
  }
}

/** Words that look like ids: letters and then digits, `enemy-3`, `E12`, with or without quotes. */
function idsIn(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])[A-Za-z][A-Za-z]*(?:[-_][A-Za-z]+)*[-_]?\d+(?![\w-])/g))]
}

function stepOf(actions: readonly ActionSignature[], ids: readonly string[], random: SeededRandom): object {
  const action = random.pick(actions)
  return { act: action?.name, ...objectOf(action?.fields ?? [], ids, random) }
}

/** Optional arguments are given once in three times. */
function objectOf(fields: readonly ArgField[], ids: readonly string[], random: SeededRandom): Record<string, unknown> {
  const given = fields.filter(({ optional }) => !optional || random.next() < 1 / 3)
  return Object.fromEntries(given.map(({ key, type }) => [key, argumentOf(type, ids, random)]))
}

function argumentOf(type: ArgType, ids: readonly string[], random: SeededRandom): unknown {
  switch (type.kind) {
    case 'literal':
      return type.value
    case 'int':
    case 'number':
      return numberOf(type, random)
    case 'string':
      return (random.pick(ids) ?? random.pick(WORDS) ?? '').slice(0, type.max ?? Infinity)
    case 'bool':
      return random.next() < 0.5
    case 'any':
      return random.int(USUAL_LOW, USUAL_HIGH)
    case 'list':
      return Array.from({ length: random.int(1, 2) }, () => argumentOf(type.item, ids, random))
    case 'tuple':
      return type.items.map(item => argumentOf(item, ids, random))
    case 'object':
      return objectOf(type.fields, ids, random)
    case 'choice': {
      const option = random.pick(type.options)
      return option ? argumentOf(option, ids, random) : null
    }
    default:
      return type satisfies never
  }
}

const WORDS = ['ready', 'hold', 'forward', 'cover', 'regroup']

/** A whole number where one fits between the bounds; else the middle. */
function numberOf(type: ArgType & { readonly kind: 'int' | 'number' }, random: SeededRandom): number {
  const span = USUAL_HIGH - USUAL_LOW
  const low = type.low ?? (type.high === undefined ? USUAL_LOW : Math.min(USUAL_LOW, type.high - span))
  const high = Math.min(type.high ?? Infinity, low + (type.high === undefined ? span + 1 : Infinity))
  const lowest = Math.ceil(low) + (type.openLow && Number.isInteger(low) ? 1 : 0)
  const highest = Math.floor(high) - (type.openHigh && Number.isInteger(high) ? 1 : 0)
  return lowest <= highest ? random.int(lowest, highest) : (low + high) / 2
}
