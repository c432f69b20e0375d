import { agentLine } from './agent-line.ts'
import type { Comparison } from './comparison.ts'
import { isFromModel } from './measured-run.ts'
import { findings, type Setting, settingText, TABLE_HEAD, tableRows } from './report-text.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './text-table.ts'
import { WATERFALL_KEY, waterfall } from './waterfall.ts'
import { counted, printable, seconds } from './wording.ts'

/** The waterfall, the table and what they mean. */
export function terminalReport(setting: Setting, comparison: Comparison, { ink, columns }: Terminal): string[] {
  const { shown } = comparison
  if (!shown) return []
  const { streaming, blocking } = shown
  const endMs = Math.max(streaming.totalMs, blocking?.totalMs ?? 0)
  const idle = blocking ? [{ ...blocking.agents[0], agentId: 'blocking' }] : []
  const head = `Waterfall of the ${setting.interrupted ? 'interrupted' : 'first'} run, ${setting.simulated ? 'SIMULATED' : 'live'}`
  return [
    '',
    `${ink.bold(head)}   ${WATERFALL_KEY}`,
    ...waterfall([...streaming.agents, ...idle], endMs, columns),
    ...(setting.runs === 0 ? [] : tableLines(setting, comparison, ink)),
    ...(setting.interrupted ? [] : complaints(comparison).map(ink.yellow)),
  ]
}

function tableLines(setting: Setting, comparison: Comparison, ink: Terminal['ink']): string[] {
  const [head = '', ...rows] = textTable(TABLE_HEAD, tableRows(comparison))
  return [
    '',
    ink.bold(settingText(setting)),
    ink.dim(head),
    ...rows.map(row => (row.startsWith('sooner') ? ink.green(row) : row)),
    '',
    ...findings(setting, comparison),
  ]
}

/** What was interrupted, as far as it had come; the agents' lines, unless they stand there already. */
export function interruptedLines({ shown }: Comparison, { ink, columns }: Terminal, drawn: boolean): string[] {
  if (!shown) return ['', ink.yellow('Interrupted.')]
  const { agents, outcomes, totalMs } = shown.streaming
  const byModel = outcomes.filter(isFromModel).length
  const summary = `Interrupted after ${seconds(totalMs)}: ${counted(byModel, 'plan')} by the model, ${outcomes.length - byModel} by the fallback; every agent has one.`
  return ['', ink.yellow(summary), ...(drawn ? [] : agents.map(agent => agentLine(agent, columns - 1, ink)))]
}

/** Why plans are not the model's, or not at its first attempt: a line for each cause. */
function complaints({ outcomes }: Comparison): string[] {
  const causes = new Set<string>()
  for (const { attempts } of outcomes) {
    const [first] = attempts
    if (first) causes.add(`First attempt failed: ${printable(first.error.message)} (${first.error.code})`)
  }
  const missing = outcomes.filter(outcome => !isFromModel(outcome)).length
  if (missing === 0) return [...causes]
  return [...causes, `${missing} of ${outcomes.length} plans are not the model's: those agents act on the fallback.`]
}
