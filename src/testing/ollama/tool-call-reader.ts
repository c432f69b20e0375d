import type { NativeToolCall } from './native-reply.ts'

const TAG = '<tool_call>'

/** What of a piece of text goes on as text, and the calls that it completes. */
export interface ToolPiece {
  readonly text: string
  readonly calls: readonly NativeToolCall[]
}

/**
 * Ollama's own reading of tool calls, with what it loses: from the first tag on no text goes on any more, and a call in single
 * quotes, cut short, or of a tool that was not declared vanishes without a word.
 */
export class ToolCallReader {
  readonly #names: readonly string[]
  readonly #callId: (() => string) | undefined
  #held = ''
  #inCalls = false
  #calls = 0

  /** Without `callId`, calls have none. */
  constructor(names: readonly string[], callId: (() => string) | undefined) {
    this.#names = names
    this.#callId = callId
  }

  push(piece: string): ToolPiece {
    this.#held += piece
    let text = ''
    if (!this.#inCalls) {
      const at = this.#held.indexOf(TAG)
      const end = at >= 0 ? at : this.#held.length - startOfTag(this.#held)
      text = this.#held.slice(0, end)
      this.#inCalls = at >= 0
      this.#held = this.#held.slice(at >= 0 ? at + TAG.length : end)
    }
    return { text, calls: this.#inCalls ? this.#takeCalls() : [] }
  }

  #takeCalls(): NativeToolCall[] {
    const calls: NativeToolCall[] = []
    for (let found = firstObject(this.#held); found; found = firstObject(this.#held)) {
      const before = this.#held.slice(0, found.start)
      const call = this.#callOf(before, this.#held.slice(found.start, found.end))
      this.#held = this.#held.slice(found.end)
      if (call) calls.push(call)
    }
    return calls
  }

  /** The name may stand in the object or before it. */
  #callOf(before: string, json: string): NativeToolCall | undefined {
    const object = parsedObject(json)
    const name = this.#names.find(name => json.includes(JSON.stringify(name)) || before.includes(name))
    if (!object || name === undefined) return undefined
    const given = object.arguments ?? object.parameters ?? (before.includes(name) ? object : undefined)
    const args = typeof given === 'string' ? parsedObject(given) : given
    if (typeof args !== 'object' || args === null) return undefined
    const id = this.#callId && { id: this.#callId() }
    return { ...id, function: { index: this.#calls++, name, arguments: args } }
  }
}

/** The first braces that are closed, with strings skipped. */
function firstObject(text: string): { readonly start: number; readonly end: number } | undefined {
  const start = text.indexOf('{')
  let depth = 0
  let inString = false
  for (let i = start; start >= 0 && i < text.length; i++) {
    const char = text[i]
    if (inString) {
      if (char === '\\') i++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return { start, end: i + 1 }
  }
  return undefined
}

function parsedObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** How many characters at the end may be the beginning of the tag. */
function startOfTag(text: string): number {
  for (let length = Math.min(TAG.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(TAG.slice(0, length))) return length
  }
  return 0
}
