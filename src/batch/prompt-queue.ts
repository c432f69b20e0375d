import type { PlanRequest } from '../world.ts'
import type { ModelTier, PlanTicket } from './plan-ticket.ts'

/** A ticket, with its request as the model will see it. */
export interface Question<S, W extends object> {
  readonly ticket: PlanTicket<S, W>
  readonly request: PlanRequest<W>
}

/** Agents to ask for in one prompt, or in several if they do not fit into one. */
export interface PromptJob<S, W extends object> {
  readonly tier: ModelTier
  readonly questions: readonly Question<S, W>[]
}

/** Prompts to come. First questions go before repeated ones, since these are added when a reply is over. */
export class PromptQueue<S, W extends object> {
  readonly #agentsPerPrompt: number
  readonly #jobs: PromptJob<S, W>[] = []

  constructor(agentsPerPrompt: number) {
    this.#agentsPerPrompt = agentsPerPrompt
  }

  add(tier: ModelTier, questions: readonly Question<S, W>[]): void {
    const size = this.#agentsPerPrompt
    for (let from = 0; from < questions.length; from += size) {
      this.#jobs.push({ tier, questions: questions.slice(from, from + size) })
    }
  }

  /** Puts a job back as two smaller ones, to be next. */
  halve({ tier, questions }: PromptJob<S, W>): void {
    const middle = questions.length >> 1
    this.#jobs.unshift({ tier, questions: questions.slice(0, middle) }, { tier, questions: questions.slice(middle) })
  }

  /** Puts a job back as it was, to be next. */
  putBack(job: PromptJob<S, W>): void {
    this.#jobs.unshift(job)
  }

  /** The next job, with those of its questions that are still open. */
  next(): PromptJob<S, W> | undefined {
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      const questions = job.questions.filter(({ ticket }) => ticket.open)
      if (questions.length > 0) return { tier: job.tier, questions }
    }
    return undefined
  }
}
