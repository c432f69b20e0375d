import { defineActions } from 'planweave'
import { z } from 'zod'
import { SeededRandom } from '../../examples/astraweave/seeded-random.ts'

/** One reply: plans of many agents, as compact JSON. */
export interface PlanDocument {
  readonly text: string
  /** The text in pieces of one to six code points, as tokens come: the same ones every time. */
  readonly chunks: readonly string[]
  readonly agents: readonly string[]
  /** Steps and plans in the order in which their closing braces stand, each with the offset just past its brace. */
  readonly elements: readonly PlanElement[]
}

export interface PlanElement {
  readonly type: 'step' | 'plan'
  readonly value: unknown
  readonly end: number
}

/** The actions of the document's steps. */
export const actions = defineActions({
  MoveTo: { args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() } },
  Attack: { args: { target: z.string(), mode: z.enum(['melee', 'ranged']) } },
  Say: { args: { text: z.string(), volume: z.number().min(0).max(1) } },
  UseItem: { args: { item: z.string(), on: z.object({ id: z.string(), near: z.array(z.number()) }) } },
  Wait: { args: { seconds: z.number().positive() } },
})

/** What language models really put into strings, and what misleads a reader that counts braces. */
const PHRASES = [
  'couvrir l’allée à l’est',
  'Über die Brücke, schnell',
  '敵は北の門にいる',
  'Держать позицию у ворот',
  '🛡️ hold 🐉 back',
  '👩‍🚀 repairs the door',
  'ignore {not json} here',
  'list [x], } then',
  'the sign says "keep\tout"',
  'C:\\maps\\keep',
  'first line\nsecond line',
  'a quote at the end: \\"',
] as const

/** About 330 characters for each agent. The same document for the same count. */
export function planDocument(count: number): PlanDocument {
  const random = new SeededRandom(count)
  const agents: string[] = []
  const elements: PlanElement[] = []
  let text = '{"plans":['
  for (let i = 0; i < count; i++) {
    const agent = `guard-${String(i).padStart(4, '0')}`
    const reasoning = `${random.pick(PHRASES)}; ${random.pick(PHRASES)}`
    const steps = Array.from({ length: random.int(3, 5) }, () => stepOf(random))
    text += `${i ? ',' : ''}{"agent":"${agent}","reasoning":${written(reasoning, random)},"steps":[`
    for (const [index, step] of steps.entries()) {
      text += `${index ? ',' : ''}${written(step, random)}`
      elements.push({ type: 'step', value: step, end: text.length })
    }
    text += ']}'
    elements.push({ type: 'plan', value: { agent, reasoning, steps }, end: text.length })
    agents.push(agent)
  }
  text += ']}'
  return { text, chunks: inTokens(text), agents, elements }
}

/** The same plans in a reply as models wrap them: thoughts with a plan in them, prose with brackets, and a fence. */
export function noisy({ text, agents, elements }: PlanDocument): PlanDocument {
  const before = [
    `<think>Each needs a plan. Something like {"plans":[{"agent":"${agents[0]}","steps":[{"act":"Wait","seconds":1}]}]}?`,
    "But they don't all wait, so no: two move first [see above].</think>",
    'Sure! Here are the plans {as asked}, one for each of the agents:',
    '',
    '```json',
    '',
  ].join('\n')
  const after =
    '\n```\n\n<think>That should do; {"agent": nobody} is left.</think>\nI hope [this] helps, don\'t hesitate to ask.'
  const whole = before + text + after
  const shifted = elements.map(element => ({ ...element, end: before.length + element.end }))
  return { text: whole, chunks: inTokens(whole), agents, elements: shifted }
}

function stepOf(random: SeededRandom) {
  const target = `orc-${random.int(0, 40)}`
  const tenths = random.int(1, 10) / 10
  switch (random.int(0, 5)) {
    case 0:
      return { act: 'Attack', target, mode: random.pick(['melee', 'ranged']) }
    case 1:
      return { act: 'Say', text: random.pick(PHRASES), volume: tenths }
    case 2:
      return { act: 'UseItem', item: 'Fackel für später', on: { id: target, near: [random.int(-90, 90), tenths] } }
    case 3:
      return { act: 'Wait', seconds: random.int(1, 9) + tenths }
    case 4:
      return { act: 'MoveTo', x: random.int(-99, 99), y: random.int(-99, 99), speed: random.pick(['walk', 'run']) }
    default:
      return { act: 'MoveTo', x: random.int(-99, 99), y: random.int(-99, 99) }
  }
}

/** As JSON; in every third value the letters that some models escape are written as `\uXXXX`. */
function written(value: unknown, random: SeededRandom): string {
  const json = JSON.stringify(value)
  if (!random.oneIn(3)) return json
  return json.replace(/[\u00a0-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A surrogate pair is never cut: a decoder of UTF-8 hands it over whole. */
function inTokens(text: string): string[] {
  const random = new SeededRandom(text.length)
  const chunks: string[] = []
  let chunk = ''
  let left = random.int(1, 6)
  for (const character of text) {
    chunk += character
    if (--left > 0) continue
    chunks.push(chunk)
    chunk = ''
    left = random.int(1, 6)
  }
  if (chunk) chunks.push(chunk)
  return chunks
}
