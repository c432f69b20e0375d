import type { Comparison } from './comparison.ts'
import { isFromModel, type MeasuredRun } from './measured-run.ts'
import { findings, type Setting, settingText, TABLE_HEAD, tableRows } from './report-text.ts'
import { ticksUpTo } from './waterfall.ts'
import { counted, seconds, stepText } from './wording.ts'

const WIDTH = 900
const NAMES = 110
const ROW = 22
const AXIS = 24

/** The report as one page that needs nothing else: no script, no font, no network. */
export function htmlReport(setting: Setting, comparison: Comparison): string {
  const { shown } = comparison
  // A little more than it took, so that what came at the very end can be seen.
  const endMs = 1.03 * Math.max(1, shown?.streaming.totalMs ?? 1, shown?.blocking?.totalMs ?? 1)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>planweave: streaming and blocking</title>
<style>${STYLE}</style>
<h1>One reply, ${counted(setting.agents, 'agent')}</h1>
<p class="setting">${escaped(settingText(setting))}</p>
${table(comparison)}
${findings(setting, comparison)
  .map(finding => `<p>${escaped(finding)}</p>`)
  .join('\n')}
${shown ? timeline('Streaming', shown.streaming, endMs, setting) : ''}
${shown?.blocking ? timeline('Blocking', shown.blocking, endMs, setting) : ''}
</html>
`
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #d8dee4}
td:first-child,th:first-child{text-align:left}.setting{color:#8a4b00;font-weight:600}
svg{width:100%;height:auto;overflow:visible}text{font:12px system-ui,sans-serif;fill:currentColor}
.wait{fill:#d8dee4}.step{fill:#f0b429}.plan{fill:#2da44e}.floor{fill:#bc4c00}.grid{stroke:#d8dee4}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th{border-color:#30363d}.wait{fill:#30363d}.grid{stroke:#30363d}.setting{color:#f0b429}}
`

function table(comparison: Comparison): string {
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table>
${row(TABLE_HEAD, 'th')}
${tableRows(comparison)
  .map(cells => row(cells, 'td'))
  .join('\n')}
</table>`
}

/** The agents over time, with what they got as tooltips. */
function timeline(title: string, run: MeasuredRun, endMs: number, setting: Setting): string {
  const x = (ms: number) => NAMES + Math.round((ms / endMs) * (WIDTH - NAMES))
  const height = AXIS + run.agents.length * ROW
  const grid = ticksUpTo(endMs, 10).map(
    ms =>
      `<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="${AXIS}" y2="${height}"/><text x="${x(ms)}" y="16">${ms / 1000} s</text>`,
  )
  const rows = run.agents.map(({ agentId, firstStep, plan }, index) => {
    const y = AXIS + index * ROW
    const planMs = plan?.atMs ?? endMs
    const stepMs = Math.min(planMs, firstStep?.atMs ?? planMs)
    const steps = plan ? plan.outcome.plan.steps.map(stepText).join(', ') : ''
    const colour = plan && !isFromModel(plan.outcome) ? 'floor' : 'plan'
    const bar = (kind: string, from: number, to: number, hint: string) =>
      to > from
        ? `<rect class="${kind}" x="${x(from)}" y="${y + 3}" width="${x(to) - x(from)}" height="${ROW - 6}"><title>${escaped(hint)}</title></rect>`
        : ''
    return [
      `<text x="0" y="${y + 16}">${escaped(agentId)}</text>`,
      bar('wait', 0, stepMs, 'waiting'),
      bar('step', stepMs, planMs, firstStep ? `${stepText(firstStep.step)}, known at ${seconds(firstStep.atMs)}` : ''),
      bar(colour, planMs, endMs, `${steps}, ${plan?.outcome.tier ?? ''} at ${seconds(planMs)}`),
    ].join('')
  })
  const head = `${title}${setting.simulated ? ', simulated' : ''}: grey waits, yellow has a first step, green has its plan`
  return `<h2>${escaped(head)}</h2>
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(head)}">
${[...grid, ...rows].join('\n')}
</svg>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Agents' names and models' words, as text and nothing else. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, char => ENTITIES[char] ?? char)
}
