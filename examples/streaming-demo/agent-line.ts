import type { PlanOutcome } from 'planweave'
import type { AstraStep } from '../astraweave/actions.ts'
import { type AgentTimes, isFromModel } from './measured-run.ts'
import type { Ink } from './terminal.ts'
import { clipped, counted, fitted, printable, seconds, stepText } from './wording.ts'

export const NAME_WIDTH = 8
const BAR_WIDTH = 6

/** One agent on one line, which fills: waiting, first step, plan complete. */
export function agentLine(agent: AgentTimes, width: number, ink: Ink): string {
  const { agentId, firstStep, plan } = agent
  const head = `  ${fitted(printable(agentId), NAME_WIDTH)} `
  const room = width - head.length - BAR_WIDTH - 1
  const line = (filled: number, colour: (text: string) => string, text: string) => {
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
    return `${head}${colour(bar)} ${clipped(text, room)}`.trimEnd()
  }
  if (plan && !isFromModel(plan.outcome)) return line(BAR_WIDTH, ink.yellow, planText(plan))
  const first = firstStep && `${fitted(stepText(firstStep.step), 22)} ${seconds(firstStep.atMs).padStart(7)}`
  if (plan) return line(BAR_WIDTH, ink.green, `${first ?? ''}   ${planText(plan)}`)
  if (first) return line(BAR_WIDTH / 2, ink.cyan, first)
  return line(0, ink.dim, 'waiting')
}

/** `3 steps 1.46 s  “Cover me!”`; whoever did not get its plan from the model says so. */
function planText({ outcome, atMs }: NonNullable<AgentTimes['plan']>): string {
  const tier = outcome.tier === 'model' ? '' : `${outcome.tier}: `
  return `${tier}${counted(outcome.plan.steps.length, 'step')} ${seconds(atMs).padStart(7)}${sayText(outcome)}`
}

/** What the agent calls out, if the model gave it words. */
export function sayText({ plan }: PlanOutcome<AstraStep>): string {
  const { say } = plan.notes
  return typeof say === 'string' && printable(say) ? `  “${printable(say)}”` : ''
}
