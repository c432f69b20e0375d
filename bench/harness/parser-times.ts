import { interleaved, median, medianRatio } from './interleaved.ts'
import type { Measurement } from './measurement.ts'
import { caseOf, FLOOR, NOISY, OURS, PLANS_ONLY, row, VALIDATED } from './parser-cases.ts'
import { actions, noisy, type PlanDocument, planDocument } from './plan-document.ts'
import { acceptingActions, type ReadReply, readBare, readBarePlans, readPlans } from './reply-readers.ts'

interface Options {
  /** How many agents a reply is for, one after the other: what was compiled for small replies is there when the large ones come. */
  readonly counts: readonly number[]
  readonly rounds: number
  readonly blockMs: number
}

/** What reading one reply takes. */
export async function timesOf({ counts, ...effort }: Options): Promise<Measurement[]> {
  const rows: Measurement[] = []
  for (const count of counts) rows.push(...(await timesFor(planDocument(count), effort)))
  return rows
}

async function timesFor(document: PlanDocument, effort: Omit<Options, 'counts'>): Promise<Measurement[]> {
  const { chunks, agents } = document
  const tasks = {
    [FLOOR]: allOf(document, readBare),
    [PLANS_ONLY]: () => readBarePlans(chunks, ignore, ignore),
    [OURS]: allOf(document, readPlans(acceptingActions, agents)),
    [VALIDATED]: allOf(document, readPlans(actions, agents)),
    [NOISY]: allOf(noisy(document), readPlans(actions, agents)),
  }
  const rounds = await interleaved(tasks, effort)
  const ratioRow = (name: keyof typeof tasks, metric: string, floor: keyof typeof tasks) => ({
    ...row(name, metric, medianRatio(rounds, name, floor), '×', agents),
    ratioTo: caseOf(floor, agents),
  })
  return [
    row(FLOOR, 'per piece', (median(rounds[FLOOR]) * 1000) / chunks.length, 'ns', agents),
    ratioRow(PLANS_ONLY, 'time', FLOOR),
    ratioRow(OURS, 'time', FLOOR),
    ratioRow(OURS, 'time, plans', PLANS_ONLY),
    ratioRow(VALIDATED, 'time', FLOOR),
    ratioRow(NOISY, 'time', FLOOR),
  ]
}

/** A task that reads a whole reply, and fails when it did not get all of it the time before. */
function allOf({ chunks, elements }: PlanDocument, read: ReadReply): () => void | Promise<void> {
  let seen = elements.length
  const see = () => seen++
  return () => {
    if (seen !== elements.length) throw new Error(`${seen} steps and plans were read of ${elements.length}`)
    seen = 0
    return read(chunks, see, see)
  }
}

function ignore(): void {}
