import type { Figure } from './strategy-figures.ts'

const PANEL = { width: 190, height: 140, left: 46, top: 26, gap: 14 }
const COLOURS: Readonly<Record<string, string>> = {
  blocking: '#888888',
  'one-prompt': '#0072b2',
  'fan-out': '#d55e00',
  auto: '#000000',
}

/** The median agent's first action against the number of agents, both on logarithmic scales: a panel per machine and slots. */
export function plotOf(figures: readonly Figure[]): string {
  const medians = figures.filter(({ metric }) => metric === 'median')
  const profiles = [...new Set(medians.map(({ profile }) => profile))]
  const slots = [...new Set(medians.map(figure => figure.slots))]
  const [stepX, stepY] = [PANEL.width + PANEL.left + PANEL.gap, PANEL.height + PANEL.top + PANEL.gap]
  const [width, height] = [profiles.length * stepX + PANEL.gap, slots.length * stepY + 60]
  const panels = profiles.flatMap((profile, column) =>
    slots.map((count, row) => {
      const own = medians.filter(figure => figure.profile === profile && figure.slots === count)
      return `<g transform="translate(${column * stepX + PANEL.left} ${row * stepY + PANEL.top})">${panelOf(own)}</g>`
    }),
  )
  const legend = Object.entries(COLOURS).map(
    ([way, colour], i) =>
      `<g transform="translate(${PANEL.left + i * 130} ${height - 30})">${line(colour, way, '0,0 24,0')}<text x="30" y="4">${way}</text></g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>The median agent's first action by strategy (simulated)</title>
<rect width="${width}" height="${height}" fill="white"/>
${[...panels, ...legend].join('\n')}
<text x="${PANEL.left}" y="${height - 8}">simulated; seconds to the median agent's first action, by number of agents</text>
</svg>
`
}

function panelOf(figures: readonly Figure[]): string {
  const [first] = figures
  if (!first) throw new Error('a panel without figures')
  const [agents, seconds] = [figures.map(figure => figure.agents), figures.map(({ value }) => value / 1000)]
  const x = scale(Math.min(...agents), Math.max(...agents), 0, PANEL.width)
  const y = scale(Math.min(...seconds), Math.max(...seconds), PANEL.height, 0)
  const lines = Object.entries(COLOURS).map(([way, colour]) => {
    const points = figures
      .filter(figure => figure.way === way)
      .map(figure => `${x(figure.agents).toFixed(1)},${y(figure.value / 1000).toFixed(1)}`)
    return line(colour, way, points.join(' '))
  })
  const ticksX = [...new Set(agents)].map(
    count => `<text x="${x(count).toFixed(1)}" y="${PANEL.height + 13}" text-anchor="middle">${count}</text>`,
  )
  const ticksY = [Math.min(...seconds), Math.max(...seconds)].map(
    value => `<text x="-5" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value.toPrecision(2)}</text>`,
  )
  return `<text y="-8">${first.profile}, ${first.slots} slot${first.slots === 1 ? '' : 's'}</text><rect width="${PANEL.width}" height="${PANEL.height}" fill="none" stroke="#cccccc"/>${[...lines, ...ticksX, ...ticksY].join('')}`
}

/** `auto` is drawn dashed, so that the line it follows shows. */
function line(colour: string, way: string, points: string): string {
  const dashes = way === 'auto' ? ' stroke-dasharray="4 4"' : ''
  return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`
}

/** From one range to another, evenly by factors. */
function scale(least: number, most: number, from: number, to: number): (value: number) => number {
  const span = Math.log(most / least) || 1
  return value => from + (Math.log(value / least) / span) * (to - from)
}
