import type { AstraStep } from '../astraweave/actions.ts'

/** `0.46 s`; what never came is a dash. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1000).toFixed(2)} s`
}

/** `10.7×` */
export function times(ratio: number | undefined): string {
  return ratio === undefined ? '–' : `${ratio.toFixed(1)}×`
}

/** `5.1 %` */
export function percent(fraction: number | undefined): string {
  return fraction === undefined ? '–' : `${(fraction * 100).toFixed(1)} %`
}

/** `1 plan`, `3 plans` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `MoveTo 14,21 sprint` */
export function stepText({ act, ...args }: AstraStep): string {
  const words = Object.values(args).map(value =>
    typeof value === 'object' ? Object.values(value).join(',') : `${value}`,
  )
  return printable([act, ...words].join(' '))
}

/**
 * What a model wrote, safe for a terminal: on one line, without control characters, which could move the cursor or worse, and
 * without characters whose width nobody knows.
 */
export function printable(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e\u00a1-\u02ff\u0370-\u052f\u2010-\u2027]/gu, '')
    .trim()
}

/** As wide as asked: shortened with an ellipsis, or filled up with blanks. */
export function fitted(text: string, width: number): string {
  return clipped(text, width).padEnd(width)
}

export function clipped(text: string, width: number): string {
  if (text.length <= width) return text
  return width <= 0 ? '' : `${text.slice(0, width - 1)}…`
}
