import { sayText } from './agent-line.ts'
import type { LiveView, LiveViewOptions, Mode } from './live-view.ts'
import type { RunWatcher } from './measured-run.ts'
import { counted, fitted, printable, seconds, stepText } from './wording.ts'

/** A line for each event, for logs and pipes. */
export class LineView implements LiveView {
  readonly #write: (text: string) => void
  readonly #detailed: boolean
  readonly #agents: number

  constructor({ title, agentIds, terminal, detailed }: LiveViewOptions) {
    this.#write = text => terminal.write(`${text}\n`)
    this.#detailed = detailed
    this.#agents = agentIds.length
    this.#write(`\n${title}`)
  }

  sent(mode: Mode): RunWatcher {
    const at = (atMs: number, text: string) => this.#detailed && this.#write(`  ${seconds(atMs).padStart(8)}  ${text}`)
    at(0, `${mode}: sent`)
    if (mode === 'blocking') {
      const firstChunk = (atMs: number) => at(atMs, `blocking: the whole reply, for all ${this.#agents} at once`)
      return { firstChunk, firstStep() {}, plan() {} }
    }
    return {
      firstChunk: atMs => at(atMs, 'streaming: >> first chunk <<'),
      firstStep: (agentId, step, atMs) => at(atMs, `${name(agentId)} first step  ${stepText(step)}`),
      plan: (outcome, atMs) => {
        const by = outcome.tier === 'model' ? '' : `, by ${outcome.tier}`
        const steps = counted(outcome.plan.steps.length, 'step')
        at(atMs, `${name(outcome.agentId)} plan        ${steps}${by}${sayText(outcome)}`)
      },
    }
  }

  done(mode: Mode, totalMs: number): void {
    if (!this.#detailed) this.#write(`  ${mode}: ${counted(this.#agents, 'plan')} after ${seconds(totalMs)}`)
  }

  close(): void {}
}

function name(agentId: string): string {
  return fitted(printable(agentId), 8)
}
