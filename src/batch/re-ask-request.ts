import type { PlanRequest } from '../world.ts'

const FEEDBACK_CODE_POINTS = 240

/** The same request with what was wrong last time. Feedback may quote the model, so it is capped and kept on one line. */
export function reAskRequest<W extends object>(request: PlanRequest<W>, feedback: string): PlanRequest<W> {
  const line = feedback.toWellFormed().replace(/[\p{C}\p{Z}\s]+/gu, ' ')
  const told = Array.from(line).slice(0, FEEDBACK_CODE_POINTS).join('')
  return { ...request, instructions: request.instructions ? `${request.instructions}\n${told}` : told }
}
