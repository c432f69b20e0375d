import { readFileSync } from 'node:fs'
import type { PlanEvent } from '../../src/parser/plan-event.ts'
import { type CorpusEntry, quirkEntries } from './corpus-quirks.ts'
import { wholeEntries } from './corpus-whole.ts'
import type { SkirmishStep } from './skirmish.ts'

export const CORPUS_FILE = new URL('../fixtures/replies/corpus.json', import.meta.url)

/** The corpus as its sources say it: what `scripts/write-corpus.ts` writes down. */
export function buildCorpus(): readonly CorpusEntry[] {
  return [...quirkEntries(), ...wholeEntries()]
}

/** The corpus as it is written down. */
export function readCorpus(): readonly CorpusEntry[] {
  // Checked against the sources by the suite.
  return JSON.parse(readFileSync(CORPUS_FILE, 'utf8')) as readonly CorpusEntry[]
}

/** One event as a line of the corpus: with all that it hands to the game, and whether anything had to be repaired. */
export function corpusLineOf(event: PlanEvent<SkirmishStep>): string {
  switch (event.type) {
    case 'step':
      return `step ${event.agentId} ${event.index} ${JSON.stringify(event.step)}${repaired(event.repairs)}`
    case 'step-rejected':
      return `step-rejected ${event.agentId} ${event.index}`
    case 'plan': {
      const { agentId, steps, notes } = event.plan
      return `plan ${agentId} ${steps.length} ${JSON.stringify(notes)}${repaired(event.repairs)}`
    }
    case 'rejected':
      return `rejected ${event.agentId ?? '-'} ${event.code}`
    case 'end':
      return `end ${event.status} ${event.plans} ${event.rejected}`
    default:
      return event.type
  }
}

function repaired(repairs: readonly string[]): string {
  return repairs.length > 0 ? ' repaired' : ''
}
