import type { Clock } from '../../src/clock.ts'
import { LlmError } from '../../src/errors.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../../src/llm/llm-client.ts'
import { messagesOf, type Prompt } from '../../src/prompt.ts'
import type { SeededRandom } from './seeded-random.ts'

type Fault =
  | 'none'
  | 'overloaded'
  | 'hangs'
  | 'stalls'
  | 'cut'
  | 'garbage'
  | 'prose'
  | 'strangers'
  | 'repeats'
  | 'leaves-out'
  | 'spoils-one'
  | 'illegal'

/** A part of a reply: the plan of this agent, `good` if it can be read and every step of it is known. */
interface PlanText {
  readonly agent: string
  readonly text: string
  readonly good: boolean
}

interface Reply {
  readonly text: string
  /** Where in the text each good plan of the agents asked for ends. */
  readonly ends: ReadonlyMap<string, number>
}

const PIECE_CHARS = 60
const BAD_STEPS: readonly [object, ...object[]] = [{ act: 'Fly' }, { act: 'MoveTo', x: 'far' }]

/** Which plan of an agent's: the one that was asked for in this call. A call is told apart by its seed. */
export function planKey(call: number, agentId: string): string {
  return `${call} ${agentId}`
}

/** A model with good and bad days: while `healthy`, it answers in time and in form; otherwise it does whatever models do. */
export class ChaosClient extends LlmClient {
  readonly model = 'chaos'
  healthy = true
  /** Streams that nobody has ended yet… */
  open = 0
  /** …and those of them that began on a bad day: whatever is wrong with them, they take the place of others. */
  openFromBadDays = 0
  /** Good plans, by `planKey`, that were written down to their ends: `read` once somebody asked for the next piece. */
  readonly goodPlans = new Map<string, 'written' | 'read'>()
  readonly #random: SeededRandom
  readonly #clock: Clock

  constructor(random: SeededRandom, clock: Clock) {
    super()
    this.#random = random
    this.#clock = clock
  }

  override complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return readAll(this.completeStreaming(prompt, options))
  }

  override async *completeStreaming(
    prompt: Prompt,
    { signal, seed: call = 0 }: LlmRequestOptions = {},
  ): AsyncGenerator<string, Completion, void> {
    const { healthy } = this
    this.open += 1
    if (!healthy) this.openFromBadDays += 1
    try {
      const fault = healthy ? 'none' : this.#fault()
      await this.#wait(fault === 'hangs' ? 1e9 : this.#random.between(100, 500), signal)
      if (fault === 'overloaded') throw new LlmError('overloaded', 'too many requests', { status: 429 })
      const { text, ends } = this.#reply(agentsOf(prompt), fault)
      const breaks = fault === 'cut' || fault === 'stalls'
      const end = breaks ? this.#random.between(0, text.length) : text.length
      for (const [agent, at] of ends) if (at <= end) this.goodPlans.set(planKey(call, agent), 'written')
      for (let from = 0; from < end; from += PIECE_CHARS) {
        const to = Math.min(from + PIECE_CHARS, end)
        yield text.slice(from, to)
        for (const [agent, at] of ends) if (at > from && at <= to) this.goodPlans.set(planKey(call, agent), 'read')
        await this.#wait(this.#random.between(1, fault === 'none' ? 10 : 200), signal)
      }
      if (fault === 'stalls') throw new LlmError('timeout-idle', 'no more text came')
      if (fault === 'cut') throw new LlmError('truncated', 'the reply was cut')
      return { text, finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } }
    } finally {
      this.open -= 1
      if (!healthy) this.openFromBadDays -= 1
    }
  }

  #fault(): Fault {
    return this.#random.pick<Fault>(
      'none',
      'overloaded',
      'hangs',
      'stalls',
      'cut',
      'garbage',
      'prose',
      'strangers',
      'repeats',
      'leaves-out',
      'spoils-one',
      'illegal',
    )
  }

  #reply(agents: readonly string[], fault: Fault): Reply {
    const ends = new Map<string, number>()
    if (fault === 'garbage') return { text: `]}{"plans":[{"agent":${'['.repeat(50)}"steps":,,\u0000`, ends }
    if (fault === 'prose') {
      return { text: 'As a language model, I would rather not. {as asked} [3] Have a nice day!', ends }
    }
    const plans = agents.map(agent => this.#plan(agent, fault))
    const spoilt = this.#random.between(0, plans.length - 1)
    if (fault === 'spoils-one') plans.splice(spoilt, 1, this.#spoiltPlan(agents[spoilt] ?? ''))
    if (fault === 'strangers') plans.unshift({ ...this.#plan('nobody-knows', 'none'), good: false })
    if (fault === 'repeats') plans.push(...plans)
    if (fault === 'leaves-out') plans.splice(0, 1 + (plans.length >> 1))

    let text = '{"plans":['
    for (const [index, plan] of plans.entries()) {
      text += index > 0 ? `,${plan.text}` : plan.text
      if (plan.good && !ends.has(plan.agent)) ends.set(plan.agent, text.length)
    }
    return { text: `${text}]}`, ends }
  }

  #plan(agent: string, fault: Fault): PlanText {
    const steps = this.#steps(fault)
    return { agent, text: JSON.stringify({ agent, steps }), good: !steps.some(step => BAD_STEPS.includes(step)) }
  }

  /** What no reader can make a plan of, among others that are well. */
  #spoiltPlan(agent: string): PlanText {
    const text = this.#random.pick(
      'null',
      '17',
      '"wait"',
      '[[]]',
      '{"agent":}',
      `{"agent":"${agent}"}`,
      `{"agent":"${agent}","steps":"none"}`,
      `{"agent":"${agent}","steps":[{"act":},{"x":1}]}`,
      `{"agent":"${agent}","steps":[{"act":"Fly"},{"act":"Swim"}]}`,
    )
    return { agent, text, good: false }
  }

  #steps(fault: Fault): object[] {
    return Array.from({ length: this.#random.between(1, 4) }, () => this.#step(fault))
  }

  #step(fault: Fault): object {
    if (fault === 'illegal' && this.#random.chance(0.5)) return this.#random.pick<object>(...BAD_STEPS)
    return this.#random.pick<object>(
      { act: 'MoveTo', x: this.#random.between(0, 9) },
      { act: 'Attack', target: this.#random.pick('orc', 'rat') },
      { act: 'Aim' },
      { act: 'Climb' },
      { act: 'Wait' },
    )
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel()
        reject(new LlmError('aborted', 'aborted', { cause: signal?.reason }))
      }
      if (signal?.aborted) return reject(new LlmError('aborted', 'aborted', { cause: signal.reason }))
      const cancel = this.#clock.setTimer(ms, () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      })
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}

/** The agents of a prompt, in its order. */
function agentsOf(prompt: Prompt): string[] {
  const text = messagesOf(prompt)
    .map(({ content }) => content)
    .join('\n')
  return [...text.matchAll(/^Agent ("(?:[^"\\]|\\.)*")/gmu)].map(([, id = '""']) => JSON.parse(id))
}
