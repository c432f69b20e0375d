import { isDeepStrictEqual } from 'node:util'
import type { PlanEvent } from '../src/parser/plan-event.ts'
import { AGENTS, actions, eventsOf, parserOf, type SkirmishStep } from '../test/parser/skirmish.ts'
import type { FuzzInput } from './fuzz-inputs.ts'

type Event = PlanEvent<SkirmishStep>

/** The events of a reply in these pieces, as one text: neighbouring deltas joined. */
export function readingOf(pieces: readonly string[], input: FuzzInput): string {
  return JSON.stringify(eventsOf(pieces, input.options))
}

/** What is wrong with how a reply is read, as `promise: detail`; nothing when every promise holds. */
export function brokenPromise(input: FuzzInput, cuts: readonly (readonly string[])[]): string | undefined {
  let events: Event[]
  try {
    events = eventsOf([input.reply], input.options)
  } catch (error) {
    return `never throws: ${error instanceof Error ? error.stack : String(error)}`
  }
  return (
    brokenOrder(events, input) ??
    brokenValues(events, input) ??
    brokenSiblings(events, input) ??
    brokenCuts(events, input, cuts)
  )
}

function brokenCuts(
  events: readonly Event[],
  input: FuzzInput,
  cuts: readonly (readonly string[])[],
): string | undefined {
  const whole = JSON.stringify(events)
  for (const pieces of [input.reply.split(''), ...cuts]) {
    let reading: string
    try {
      reading = readingOf(pieces, input)
    } catch (error) {
      return `never throws, in pieces: ${error instanceof Error ? error.stack : String(error)}`
    }
    if (reading !== whole) {
      const at = [...whole].findIndex((char, i) => char !== reading.charAt(i))
      const near = (text: string) => text.slice(Math.max(0, at - 120), at + 120)
      return `the same however it is cut: ${JSON.stringify(pieces).slice(0, 300)}\n  whole …${near(whole)}\n  cut   …${near(reading)}`
    }
  }
  return undefined
}

/** Spans, indices and the order of events. */
function brokenOrder(events: readonly Event[], { reply, options }: FuzzInput): string | undefined {
  const awaited = new Set<string>(options.agents ?? AGENTS)
  const planned = new Set<string>()
  let open:
    | { readonly planId: string; readonly agentId: string; readonly start: number; steps: SkirmishStep[] }
    | undefined
  let end = 0
  let stepEnd = 0
  let rejected = 0
  for (const [i, event] of events.entries()) {
    if ('span' in event) {
      const { span } = event
      if (!(span.start >= 0 && span.start <= span.end && span.end <= reply.length))
        return `spans are in range: ${JSON.stringify(event)}`
    }
    if ('raw' in event && event.raw.length > 4_000) return 'raw is capped: longer than 4000'
    switch (event.type) {
      case 'step':
      case 'step-rejected': {
        if (planned.has(event.agentId) || !awaited.has(event.agentId))
          return `steps of awaited agents alone: ${JSON.stringify(event)}`
        open ??= { planId: event.planId, agentId: event.agentId, start: event.span.start, steps: [] }
        if (open.planId !== event.planId) return `plans never interleave: ${JSON.stringify(event)}`
        if (event.index !== open.steps.length) return `steps in order: ${JSON.stringify(event)}`
        if (event.span.start < stepEnd || event.span.start < end)
          return `spans in order: ${JSON.stringify(event)} after ${stepEnd}, ${end}`
        stepEnd = event.span.end
        if (event.type === 'step') open.steps.push(event.step)
        break
      }
      case 'plan': {
        const { plan, span } = event
        if (planned.has(plan.agentId) || !awaited.has(plan.agentId))
          return `one plan of each awaited agent: ${JSON.stringify(event)}`
        planned.add(plan.agentId)
        if (open && open.planId !== plan.planId) return `steps, then their plan: ${JSON.stringify(event)}`
        if (!isDeepStrictEqual(plan.steps, open?.steps ?? []))
          return `a plan holds the steps that were released: ${JSON.stringify(event)}`
        if (span.start < end || (open && open.start < span.start) || stepEnd > span.end)
          return `spans in order: ${JSON.stringify(event)} after ${end}`
        end = span.end
        open = undefined
        break
      }
      case 'rejected':
        rejected++
        if (open && open.agentId !== event.agentId) return `a plan ends before the next event: ${JSON.stringify(event)}`
        // Orphan steps may stand in what is refused, or turns out to be a plan, afterwards.
        if (event.agentId === undefined ? event.span.end < end : event.span.start < end)
          return `spans in order: ${JSON.stringify(event)} after ${end}`
        if (event.agentId !== undefined) end = event.span.end
        open = undefined
        break
      case 'end':
        if (open) return `steps, then their plan or its rejection: ${open.planId}`
        if (i !== events.length - 1) return 'end is last: it is not'
        if (event.plans !== planned.size || event.rejected !== rejected) return `end counts: ${JSON.stringify(event)}`
    }
  }
  return events.at(-1)?.type === 'end' ? undefined : 'end is last: there is none'
}

/** Only what was validated, and nothing that is not in the reply unless a repair says so. */
function brokenValues(events: readonly Event[], { reply, options }: FuzzInput): string | undefined {
  const refused = new Set(events.flatMap(event => (event.type === 'step-rejected' ? [event.planId] : [])))
  for (const event of events) {
    if (event.type !== 'step' && event.type !== 'plan') continue
    const steps = event.type === 'step' ? [event.step] : event.plan.steps
    for (const step of steps)
      if (!actions.step.safeParse(step).success) return `every step is valid: ${JSON.stringify(event)}`
    if (event.repairs.length > 0) {
      if (options.strict) return `strict repairs nothing: ${JSON.stringify(event)}`
      continue
    }
    // A step that was refused, and said to be, may be no JSON.
    if (event.type === 'plan' && refused.has(event.plan.planId)) continue
    const { span } = event
    const written = parsed(reply.slice(span.start, span.end))
    if (written === undefined) return `what is no JSON is repaired: ${JSON.stringify(event)}`
    if (event.type === 'step') {
      // Its schema leaves out what it doesn't know.
      const { data } = actions.step.safeParse(written)
      if (!isDeepStrictEqual(data, event.step)) return `never silently changed: ${JSON.stringify(event)}`
      continue
    }
    for (const [key, value] of Object.entries(event.plan.notes))
      if (!isDeepStrictEqual(written[key], value)) return `never silently changed: ${key} of ${JSON.stringify(event)}`
    const { steps: listed } = written
    if (!Array.isArray(listed) || listed.length !== event.plan.steps.length)
      return `no step is lost unseen: ${JSON.stringify(event)}`
  }
  return undefined
}

/** An object as it was written, in the reply or in a string of it. */
function parsed(text: string): Record<string, unknown> | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: line breaks between the escapes of a string change nothing.
  for (const json of [() => text, () => String(JSON.parse(`"${text.replace(/[\u0000-\u001f]/g, ' ')}"`))])
    try {
      // A span starts and ends with a brace: this is an object.
      return JSON.parse(json()) as Record<string, unknown>
    } catch {}
  return undefined
}

function brokenSiblings(events: readonly Event[], { untouched }: FuzzInput): string | undefined {
  for (const [agentId, text] of untouched) {
    const { agent: _, steps, ...notes } = JSON.parse(text)
    const plan = events.find(event => event.type === 'plan' && event.plan.agentId === agentId)
    if (
      plan?.type !== 'plan' ||
      !isDeepStrictEqual([plan.plan.steps, plan.plan.notes, plan.repairs], [steps, notes, []])
    )
      return `siblings survive: ${agentId}, ${JSON.stringify(plan)}`
  }
  return undefined
}

/** The input again and again, four times as often: does it cost more than four times as much, by far and every time? */
export function brokenLinearity({ reply, options }: FuzzInput): string | undefined {
  const limits = { replyChars: 1e9, elementChars: 1e9, steps: 1e9, whitespaceRun: 1e9, depth: 32 }
  const costOf = (chars: number) => {
    const text = reply.repeat(Math.ceil(chars / reply.length)).slice(0, chars)
    const pieces = text.match(/[\s\S]{1,5}/g) ?? []
    const parser = parserOf({ ...options, limits })
    const before = process.cpuUsage()
    for (const piece of pieces) parser.push(piece)
    parser.end()
    return process.cpuUsage(before).user / 1_000
  }
  let [few, many] = [Infinity, Infinity]
  for (let round = 0; round < 4; round++) {
    few = Math.min(few, costOf(20_000))
    many = Math.min(many, costOf(80_000))
    if (many < 40 || many < few * 9) return undefined
  }
  return `linear: 20000 characters cost ${few.toFixed(1)} ms, 80000 cost ${many.toFixed(1)} ms`
}
