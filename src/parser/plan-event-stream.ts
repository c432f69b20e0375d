import type { AnyStep } from '../plan.ts'
import type { PlanEvent } from './plan-event.ts'
import { PlanParser } from './plan-parser.ts'
import type { PlanParserOptions } from './plan-parser-options.ts'

/**
 * `textStream.pipeThrough(planEventStream(options))`: the same as `parsePlans`, for web streams. It ends, and cancels the stream
 * it reads, once every awaited agent has a plan or a limit was hit.
 */
export function planEventStream<const S extends AnyStep, W extends object>(
  options: PlanParserOptions<S, W>,
): TransformStream<string, PlanEvent<S>> {
  const parser = new PlanParser(options)
  return new TransformStream({
    transform(piece, controller) {
      for (const event of parser.push(piece)) controller.enqueue(event)
      if (!parser.satisfied) return
      for (const event of parser.end()) controller.enqueue(event)
      controller.terminate()
    },
    flush(controller) {
      for (const event of parser.end()) controller.enqueue(event)
    },
  })
}
