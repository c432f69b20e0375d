import type { PromptReport } from './prompt-compressor.ts'

export type ReportFacts = Omit<PromptReport, 'baselineTokens' | 'ratio'>

/**
 * A report whose baseline is counted when it is first read. A class: of an object literal with a getter V8 keeps every one's shape, and
 * with it what the getter sees, so that collections took ten times as long.
 */
export class WrittenReport implements PromptReport {
  readonly prompt: PromptReport['prompt']
  readonly prefixChars: number
  readonly tokens: PromptReport['tokens']
  readonly aliases: PromptReport['aliases']
  readonly dropped: PromptReport['dropped']
  readonly leftOut: PromptReport['leftOut']
  readonly withinBudget: boolean
  readonly #countBaseline: () => number
  #baselineTokens: number | undefined

  constructor(facts: ReportFacts, countBaseline: () => number) {
    this.prompt = facts.prompt
    this.prefixChars = facts.prefixChars
    this.tokens = facts.tokens
    this.aliases = facts.aliases
    this.dropped = facts.dropped
    this.leftOut = facts.leftOut
    this.withinBudget = facts.withinBudget
    this.#countBaseline = countBaseline
  }

  get baselineTokens(): number {
    this.#baselineTokens ??= this.#countBaseline()
    return this.#baselineTokens
  }

  get ratio(): number {
    const { prefix, shared, agents } = this.tokens
    return this.baselineTokens / (prefix + shared + agents)
  }

  /** With the baseline and the ratio, which are no fields of its own. */
  toJSON(): PromptReport {
    return { ...this, baselineTokens: this.baselineTokens, ratio: this.ratio }
  }
}
