import { type Clock, systemClock } from '../../clock.ts'
import { LlmError } from '../../errors.ts'
import { type ChatMessage, messagesOf, type Prompt } from '../../prompt.ts'
import type { Attempt } from '../attempt.ts'
import { leavableStream } from '../leavable-stream.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../llm-client.ts'
import { checkTokens, resolveOptions } from '../request-options.ts'
import { grammarOf } from './grammar-of.ts'
import { importEngine } from './import-engine.ts'
import type { LlamaCppChat, LlamaCppContext, LlamaCppEngine, LlamaCppMessage } from './llama-cpp-engine.ts'
import { SlotPool } from './slot-pool.ts'
import { type Generation, streamGeneration } from './stream-generation.ts'

const DEFAULT_CONTEXT_TOKENS = 4096
const DEFAULT_SEQUENCES = 4
const DEFAULT_TEMPERATURE = 0.8
/** One for each set of agents that is asked for; they are small, and compiled anew when they are gone. */
const KEPT_GRAMMARS = 64
/** The engine takes 32 bits, and the last of these numbers as the order to choose one by the time of day. */
const SEEDS = 2 ** 32 - 1

export interface LlamaCppCommonOptions {
  /** A name for errors. @defaultValue the name of the model's file */
  readonly model?: string
  /** Under each call's own options; `timeouts` are merged one by one. The temperature is 0.8 where nobody says otherwise. */
  readonly defaults?: Omit<LlmRequestOptions, 'signal'>
  /** Where calls without a seed start to count: the first takes this one, the next the one after it. @defaultValue 0 */
  readonly seed?: number
  /**
   * How the model wants a conversation written, such as `new ChatMLChatWrapper()` of `node-llama-cpp` for Hermes.
   * @defaultValue as the template in the model's file says, which costs the engine a second or more of everybody's time to find out
   */
  readonly chatWrapper?: LlamaCppChat['chatWrapper']
  /** @defaultValue the platform's */
  readonly clock?: Clock
}

/** A context that the game has made itself, with whatever settings `node-llama-cpp` has. It stays the game's to dispose. */
export interface LlamaCppClientOptions extends LlamaCppCommonOptions {
  readonly context: LlamaCppContext
  /** The class of that name from `node-llama-cpp`. */
  readonly LlamaChat: LlamaCppEngine['LlamaChat']
}

export interface LlamaCppLoadOptions extends LlamaCppCommonOptions {
  /** A GGUF file. */
  readonly modelPath: string
  /** For prompt and reply of one call together, in tokens. @defaultValue 4096 */
  readonly contextTokens?: number
  /** How many replies are written side by side; further calls wait in line. Each takes memory for `contextTokens`. @defaultValue 4 */
  readonly sequences?: number
  /**
   * Threads of the processor that compute. On a machine that is busy with a game fewer are faster: they wait for each other at
   * every layer. @defaultValue what the engine thinks right
   */
  readonly threads?: number
  /** @defaultValue 'auto' */
  readonly gpu?: 'auto' | 'cuda' | 'vulkan' | 'metal' | false
  /** @defaultValue the package `node-llama-cpp` */
  readonly engine?: LlamaCppEngine
}

/**
 * A GGUF model inside the game's own process, by llama.cpp; the package `node-llama-cpp` has to be installed beside planweave.
 *
 * Calls run side by side on the sequences of one context, and wait in line for a free one. A prompt that starts as the last one on
 * its sequence did is read from where they part. `format` becomes a grammar that the engine obeys: bounds of numbers and lengths
 * included, patterns not, and strings and lists without a bound get one. A seed is always sent.
 *
 * Abort, `break` and deadlines let the caller go at once, also in the line. The engine stops within a token or two; but while it
 * reads a prompt it reads on to its end, and the sequence is free only after that.
 */
export class LlamaCppClient extends LlmClient {
  readonly model: string
  readonly #context: LlamaCppContext
  readonly #defaults: Omit<LlmRequestOptions, 'signal'>
  readonly #clock: Clock
  readonly #pool: SlotPool<LlamaCppChat>
  readonly #grammars = new Map<string, Promise<object>>()
  readonly #attempts = new Set<Attempt>()
  #nextSeed: number
  #free: () => Promise<void> = async () => {}
  #disposal: Promise<void> | undefined

  /**
   * Loads a model, which takes the seconds that the disk takes. Nothing is downloaded or compiled.
   *
   * @throws LlmError 'model-missing' without the file; an Error that says what to install without `node-llama-cpp`; else
   * whatever the engine says.
   */
  static async load(options: LlamaCppLoadOptions): Promise<LlamaCppClient> {
    const { modelPath, contextTokens = DEFAULT_CONTEXT_TOKENS, sequences = DEFAULT_SEQUENCES, threads } = options
    checkTokens('contextTokens', contextTokens)
    checkTokens('sequences', sequences)
    if (threads !== undefined) checkTokens('threads', threads)
    const engine = options.engine ?? (await importEngine())
    const llama = await engine.getLlama({
      gpu: options.gpu ?? 'auto',
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: 'error',
      ...(threads !== undefined && { maxThreads: threads }),
    })
    const model = await llama.loadModel({ modelPath }).catch(cause => {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
      throw new LlmError('model-missing', `there is no model at ${modelPath}`, { cause })
    })
    try {
      const context = await model.createContext({
        contextSize: contextTokens,
        sequences,
        ...(threads !== undefined && { threads }),
      })
      const client = new LlamaCppClient({ ...options, context, LlamaChat: engine.LlamaChat })
      // The first sequence now, while the game waits anyway, as it has the model's template read.
      await client.#pool.use(new AbortController().signal, async () => {})
      client.#free = async () => {
        await context.dispose()
        await model.dispose()
      }
      return client
    } catch (error) {
      await model.dispose()
      throw error
    }
  }

  /** @throws TypeError or RangeError for options that can't work. */
  constructor(options: LlamaCppClientOptions) {
    super()
    const { context, LlamaChat, model, defaults = {}, seed = 0, clock = systemClock } = options
    this.model = model ?? context.model.filename ?? 'llama.cpp'
    this.#context = context
    this.#defaults = defaults
    this.#clock = clock
    this.#nextSeed = seed
    let { chatWrapper } = options
    this.#pool = new SlotPool(() => {
      if (context.sequencesLeft === 0) return undefined
      const chat = new LlamaChat({ contextSequence: context.getSequence(), chatWrapper: chatWrapper ?? 'auto' })
      // Found out once for all sequences.
      chatWrapper = chat.chatWrapper
      return chat
    }, clock)
    resolveOptions(defaults)
    resolveOptions({ seed })
  }

  /** Replies that are being written, and calls in line for a sequence. */
  get load(): { readonly busy: number; readonly waiting: number } {
    return this.#pool.load
  }

  complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return readAll(this.completeStreaming(prompt, options))
  }

  override completeStreaming(prompt: Prompt, options?: LlmRequestOptions): AsyncGenerator<string, Completion, void> {
    return leavableStream(attempt => this.#stream(attempt, prompt, options))
  }

  /**
   * Aborts what runs, and gives the sequences back; of a loaded model the memory too. Resolves when the engine has stopped.
   * Later calls fail.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    const reason = new LlmError('bad-request', `${this.model}: the client is disposed`)
    const closed = this.#pool.close(reason)
    for (const attempt of [...this.#attempts]) attempt.abort(reason)
    for (const chat of await closed) {
      const { sequence } = chat
      chat.dispose()
      await sequence.dispose()
    }
    await this.#free()
  }

  async *#stream(
    attempt: Attempt,
    prompt: Prompt,
    options: LlmRequestOptions | undefined,
  ): AsyncGenerator<string, Completion, void> {
    this.#attempts.add(attempt)
    try {
      return yield* streamGeneration(attempt, () => this.#generation(prompt, options))
    } finally {
      this.#attempts.delete(attempt)
    }
  }

  #generation(prompt: Prompt, options: LlmRequestOptions | undefined): Generation {
    const resolved = resolveOptions(options, this.#defaults)
    const history = messagesOf(prompt).map(messageOfEngine)
    if (history.length === 0) throw new TypeError('the prompt has no messages')
    // An answer that the prompt begins is gone on with, as llama.cpp's server does.
    if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] })
    return {
      pool: this.#pool,
      tokenizer: this.#context.model.tokenizer,
      clock: this.#clock,
      model: this.model,
      history,
      seed: seedOfEngine(resolved.seed ?? this.#nextSeed++),
      temperature: resolved.temperature ?? DEFAULT_TEMPERATURE,
      options: resolved,
      grammar: async () => resolved.format && (await this.#grammar(resolved.format)),
      signal: options?.signal,
    }
  }

  #grammar(format: 'json' | object): Promise<object> {
    const text = grammarOf(format)
    const known = this.#grammars.get(text)
    if (known) return known
    const [oldest] = this.#grammars.keys()
    if (oldest !== undefined && this.#grammars.size >= KEPT_GRAMMARS) this.#grammars.delete(oldest)
    const grammar = this.#context.model.llama.createGrammar({ grammar: text }).catch(cause => {
      throw new LlmError('bad-request', `${this.model}: the engine refused the grammar of the format`, { cause })
    })
    this.#grammars.set(text, grammar)
    return grammar
  }
}

function messageOfEngine({ role, content }: ChatMessage): LlamaCppMessage {
  return role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content }
}

/** The same for the same seed, and the seed itself where it fits. */
function seedOfEngine(seed: number): number {
  return ((seed % SEEDS) + SEEDS) % SEEDS
}
