/** Where the demo writes to, and what that place can show. */
export interface Terminal {
  write(text: string): void
  /** The size of the window; a fixed one where there is none. */
  readonly columns: number
  readonly rows: number
  /** Lines can be redrawn in place. */
  readonly redraws: boolean
  readonly ink: Ink
}

/** Text in colour, or as it is. */
export interface Ink {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

const WITHOUT_WINDOW = { columns: 100, rows: 40 }

/** Colours and redrawing on a real terminal alone; `NO_COLOR` turns the colours off. */
export function terminalOf(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const redraws = stream.isTTY === true && env.TERM !== 'dumb'
  return {
    write: text => void stream.write(text),
    get columns() {
      return stream.columns || WITHOUT_WINDOW.columns
    },
    get rows() {
      return stream.rows || WITHOUT_WINDOW.rows
    },
    redraws,
    ink: redraws && !env.NO_COLOR ? COLOURS : PLAIN,
  }
}

const sgr = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`
const COLOURS: Ink = { bold: sgr(1, 22), dim: sgr(2, 22), green: sgr(32, 39), yellow: sgr(33, 39), cyan: sgr(36, 39) }

const asItIs = (text: string) => text
export const PLAIN: Ink = { bold: asItIs, dim: asItIs, green: asItIs, yellow: asItIs, cyan: asItIs }
