import { errorTextOf } from './error-text.ts'
import { excerptOf, type Failure } from './failure.ts'
import { codeOfServerText } from './http-failure.ts'
import { isRecord, parseJson } from './json.ts'
import { LineSplitter } from './line-splitter.ts'
import type { ReplyDecoder, ReplyEnd } from './stream-reply.ts'

/** Ollama's lines are 150 characters long; a token never fills a megabyte. */
const MAX_LINE_BYTES = 1024 * 1024
/** How much of an offending line an error carries. */
const KEPT_LINE_CHARS = 2000

/** Reads the NDJSON of Ollama's `/api/chat`. Blank lines, unknown fields and whatever follows `done` are ignored; nothing else is. */
export class OllamaReplyDecoder implements ReplyDecoder {
  readonly #lines = new LineSplitter(MAX_LINE_BYTES)
  #outcome: ReplyDecoder['outcome']

  get outcome(): ReplyDecoder['outcome'] {
    return this.#outcome
  }

  push(bytes: Uint8Array): string {
    const text = this.#read(this.#lines.push(bytes), 'protocol')
    if (this.#lines.overflowed) {
      this.#fail({ code: 'protocol', message: `the server sent a line of more than ${MAX_LINE_BYTES} bytes` })
    }
    return text
  }

  close(): string {
    // What does not parse at the very end was cut, not malformed.
    return this.#read(this.#lines.end(), 'truncated')
  }

  #read(lines: readonly string[], codeOfBadLine: 'protocol' | 'truncated'): string {
    let text = ''
    for (const line of lines) {
      if (this.#outcome) break
      text += this.#readLine(line, codeOfBadLine)
    }
    return text
  }

  // By hand rather than by schema: this runs once per token.
  #readLine(line: string, codeOfBadLine: 'protocol' | 'truncated'): string {
    const usual = usualText(line)
    if (usual !== undefined) return usual
    const value = parseJson(line)
    if (isRecord(value)) {
      const { error, message, done } = value
      if (error !== undefined && error !== null && error !== '') {
        const said = excerptOf(errorTextOf(error))
        this.#fail({ code: codeOfServerText(said), message: said, line: kept(line) })
        return ''
      }
      const content = isRecord(message) ? (message.content ?? '') : ''
      if (typeof done === 'boolean' && typeof content === 'string') {
        if (done) this.#outcome = { end: endOf(value) }
        return content
      }
    }
    const what =
      codeOfBadLine === 'truncated'
        ? 'the reply was cut inside a line'
        : 'the server sent a line that is no part of a reply'
    this.#fail({ code: codeOfBadLine, message: `${what}: ${excerptOf(line)}`, line: kept(line) })
    return ''
  }

  /** The first outcome stands. */
  #fail(failure: Failure): void {
    this.#outcome ??= { failure }
  }
}

/**
 * The text of a line as Ollama writes nearly all of them, or nothing for any other. Most of the cost of a line was to parse it whole
 * for one string; what fits this pattern is JSON, and says this and nothing else that we read.
 */
function usualText(line: string): string | undefined {
  if (line.length > USUAL_LINE_CHARS) return undefined
  const content = USUAL_LINE.exec(line)?.[1]
  if (!content?.includes('\\')) return content
  const text = parseJson(`"${content}"`)
  return typeof text === 'string' ? text : undefined
}

/** A pattern takes memory for each character that it may have to go back to. */
const USUAL_LINE_CHARS = 2000

const USUAL_LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them
  /^\{"model":"[^"\\\u0000-\u001f]*","created_at":"[^"\\\u0000-\u001f]*","message":\{"role":"assistant","content":"((?:[^"\\\u0000-\u001f]|\\.)*)"\},"done":false\}$/

function kept(line: string): string {
  return line.slice(0, KEPT_LINE_CHARS)
}

// By hand rather than by schema: for a short reply that was a tenth of what reading it took.
function endOf(line: Readonly<Record<string, unknown>>): ReplyEnd {
  const promptTokens = figure(line.prompt_eval_count)
  const cachedPromptTokens = figure(line.prompt_eval_cached_count)
  const outputTokens = figure(line.eval_count)
  const totalMs = milliseconds(line.total_duration)
  const loadMs = milliseconds(line.load_duration)
  const promptMs = milliseconds(line.prompt_eval_duration)
  const decodeMs = milliseconds(line.eval_duration)
  const usage: { -readonly [Name in keyof ReplyEnd['usage']]: number } = {}
  if (promptTokens !== undefined) usage.promptTokens = promptTokens
  if (cachedPromptTokens !== undefined) usage.cachedPromptTokens = cachedPromptTokens
  if (outputTokens !== undefined) usage.outputTokens = outputTokens
  const timings: { -readonly [Name in keyof ReplyEnd['timings']]: number } = {}
  if (loadMs !== undefined) timings.loadMs = loadMs
  if (promptMs !== undefined) timings.promptMs = promptMs
  if (decodeMs !== undefined) timings.decodeMs = decodeMs
  // Waiting for a slot is in none of Ollama's figures; it is what they leave unexplained.
  if (totalMs !== undefined && loadMs !== undefined && promptMs !== undefined && decodeMs !== undefined) {
    timings.queueMs = Math.max(0, totalMs - loadMs - promptMs - decodeMs)
  }
  return { finishReason: line.done_reason === 'length' ? 'length' : 'stop', usage, timings }
}

/** A figure that is no figure counts as not reported. */
function figure(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}

function milliseconds(nanoseconds: unknown): number | undefined {
  const ns = figure(nanoseconds)
  return ns === undefined ? undefined : ns / 1e6
}
