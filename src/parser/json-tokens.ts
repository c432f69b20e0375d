// Named here, so that whoever compiles from the sources finds it too.
/// <reference path="./jsonparse.d.ts" />

import type Jsonparse from 'jsonparse'
import { loadJsonparse } from '#jsonparse'
import { mendString } from './mend.ts'

export type Scalar = string | number | boolean | null

/** Brackets, colon and comma stand for themselves. */
export type JsonToken = '{' | '}' | '[' | ']' | ':' | ',' | 'string' | 'scalar'

/** What jsonparse keeps for a string, and cannot do without. */
const BUFFER_BYTES = 64 * 1024
/** Beyond this many, tokenizers that nobody uses are left to the garbage collector: half a megabyte. */
const IDLE_TOKENIZERS = 8

/** The codes of jsonparse's tokens, and of where it stands between them. */
const START = 0x11
const STRING = 0xa
const NUMBER = 0xb
const PUNCTUATION: readonly (JsonToken | undefined)[] = [undefined, '{', '}', '[', ']', ':', ',']

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i
/** Code escapes, of which jsonparse loses halves; half characters, which UTF-8 has none of; and what is not allowed in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
const ODD_STRING = /\\[^"\\/bfnrt]|[\u0000-\u001f\p{Surrogate}]/u

const idle: Jsonparse[] = []

/**
 * The tokens of one JSON text that comes in pieces: the only file that knows jsonparse, and that needs `Buffer`.
 *
 * What jsonparse gets wrong is kept away from it: it is fed whole strings, so that no character is cut; strings it would
 * misread are read here, and an empty one goes in their place; its tree, which grows without end, is never built.
 */
export class JsonTokens {
  readonly #strict: boolean
  readonly #onToken: (token: JsonToken, value: Scalar) => void
  #tokenizer: Jsonparse | undefined
  #failed = false
  /** The string that is being read, its opening quote included; empty between strings. */
  #open = ''
  #afterBackslash = false
  /** A string of the text is being written, as opposed to digits that jsonparse takes for one. */
  #inString = false
  /** What that string says, if jsonparse cannot be asked. */
  #said: string | undefined

  /**
   * @param strict strings that are not JSON fail instead of being mended.
   * @param onToken must neither write nor throw.
   * @throws Error where there is no `Buffer`.
   */
  constructor(strict: boolean, onToken: (token: JsonToken, value: Scalar) => void) {
    if (typeof Buffer === 'undefined')
      throw new Error('`fields` needs a global Buffer, which this platform lacks: load a polyfill, or leave it out')
    this.#strict = strict
    this.#onToken = onToken
  }

  /** Something was no JSON: nothing more comes until the next `start`. */
  get failed(): boolean {
    return this.#failed
  }

  /** Another text begins. */
  start(): void {
    this.stop()
    this.#failed = false
    this.#tokenizer = this.#lend()
  }

  /** The text is over, or nobody wants the rest of it. */
  stop(): void {
    const tokenizer = this.#tokenizer
    this.#tokenizer = undefined
    this.#open = ''
    this.#afterBackslash = false
    if (tokenizer && idle.length < IDLE_TOKENIZERS) {
      tokenizer.onToken = ignore
      tokenizer.onError = ignore
      idle.push(tokenizer)
    }
  }

  /** Tells the tokens that this piece completes: a string at its closing quote, a number at what follows it. */
  write(piece: string): void {
    let at = 0
    while (at < piece.length && this.#tokenizer && !this.#failed) {
      if (this.#open !== '') {
        at = this.#readString(piece, at)
        continue
      }
      const quote = piece.indexOf('"', at)
      if (quote === -1) {
        this.#tokenizer.write(Buffer.from(piece.slice(at)))
        return
      }
      // The space ends a number that stands right before the quote.
      this.#tokenizer.write(Buffer.from(`${piece.slice(at, quote)} `))
      this.#open = '"'
      at = quote + 1
    }
  }

  /** Reads on in a string; returns how far. */
  #readString(piece: string, from: number): number {
    let i = from
    for (; i < piece.length; i++) {
      const char = piece.charAt(i)
      if (this.#afterBackslash) this.#afterBackslash = false
      else if (char === '\\') this.#afterBackslash = true
      else if (char === '"') {
        const written = this.#open + piece.slice(from, i + 1)
        this.#open = ''
        this.#writeString(written)
        return i + 1
      }
    }
    this.#open += piece.slice(from)
    return i
  }

  #writeString(written: string): void {
    const odd = ODD_STRING.test(written)
    this.#said = odd ? readString(written, this.#strict) : undefined
    if (odd && this.#said === undefined) {
      this.#failed = true
      return
    }
    this.#inString = true
    this.#tokenizer?.write(Buffer.from(odd ? '""' : written))
    this.#inString = false
  }

  #read(tokenizer: Jsonparse, token: number, value: Scalar): void {
    if (this.#failed) return
    const punctuation = PUNCTUATION[token]
    if (punctuation) this.#onToken(punctuation, null)
    else if (this.#inString) this.#onToken('string', this.#said ?? value)
    else if (token !== NUMBER && token !== STRING) this.#onToken('scalar', value)
    // It takes `01` and `2.` for numbers, and long ones for strings.
    else if (JSON_NUMBER.test(tokenizer.string ?? '')) this.#onToken('scalar', Number(tokenizer.string))
    else this.#failed = true
  }

  #lend(): Jsonparse {
    const tokenizer = idle.pop() ?? create()
    reset(tokenizer)
    tokenizer.onToken = (token, value) => this.#read(tokenizer, token, value)
    tokenizer.onError = () => {
      this.#failed = true
    }
    return tokenizer
  }
}

/** Without jsonparse's constructor, whose `new Buffer` prints a deprecation in a bundled game; `reset` sets what `write` reads. */
function create(): Jsonparse {
  const tokenizer: Jsonparse = Object.create(loadJsonparse().prototype)
  tokenizer.stringBuffer = Buffer.alloc(BUFFER_BYTES)
  return tokenizer
}

function reset(tokenizer: Jsonparse): void {
  tokenizer.tState = START
  tokenizer.offset = -1
  tokenizer.string = undefined
  tokenizer.stringBufferOffset = 0
  tokenizer.unicode = undefined
  tokenizer.highSurrogate = undefined
  tokenizer.bytes_remaining = 0
  tokenizer.bytes_in_sequence = 0
}

function readString(written: string, strict: boolean): string | undefined {
  try {
    return JSON.parse(written)
  } catch {
    if (strict) return undefined
  }
  try {
    return JSON.parse(mendString(written, new Set()))
  } catch {
    return undefined
  }
}

function ignore(): void {}
