import type { AnyStep } from '../plan.ts'
import type { PlanEvent } from './plan-event.ts'
import { PlanParser } from './plan-parser.ts'
import type { PlanParserOptions } from './plan-parser-options.ts'

/**
 * Plan events from any stream of text. It stops reading, which closes the stream, once every awaited agent has a plan or a
 * limit was hit; the last event is always `end`. An error of the stream is thrown as it is, after what was complete before it.
 */
export async function* parsePlans<const S extends AnyStep, W extends object>(
  text: AsyncIterable<string>,
  options: PlanParserOptions<S, W>,
): AsyncGenerator<PlanEvent<S>, void, void> {
  const parser = new PlanParser(options)
  for await (const piece of text) {
    yield* parser.push(piece)
    if (parser.satisfied) break
  }
  yield* parser.end()
}
