import type {
  LlamaCppChat,
  LlamaCppContext,
  LlamaCppEngine,
  LlamaCppGenerateOptions,
  LlamaCppLlama,
  LlamaCppMessage,
  LlamaCppModel,
  LlamaCppSequence,
} from '../../../src/llm/llama-cpp/llama-cpp-engine.ts'

/** One reply that the engine was asked for, for the test to write. */
export class FakeReply {
  readonly history: readonly LlamaCppMessage[]
  readonly options: LlamaCppGenerateOptions
  readonly sequence: FakeSequence
  readonly result: Promise<{ metadata: { stopReason: string } }>
  readonly #settle: PromiseWithResolversOf<{ metadata: { stopReason: string } }>
  #abortLater: (() => void) | undefined

  constructor(sequence: FakeSequence, history: readonly LlamaCppMessage[], options: LlamaCppGenerateOptions) {
    this.sequence = sequence
    this.history = history
    this.options = options
    this.#settle = withResolvers()
    this.result = this.#settle.promise
    options.signal?.addEventListener('abort', () => {
      if (!this.#abortLater) this.#settle.reject(options.signal?.reason)
    })
  }

  /** As the real engine does, aborts have to wait until the prompt is read. */
  readPrompt(): () => void {
    this.#abortLater = () => this.#settle.reject(this.options.signal?.reason)
    return this.#abortLater
  }

  write(...texts: string[]): void {
    for (const text of texts) {
      this.sequence.tokens.usedOutputTokens++
      this.options.onToken?.([])
      this.options.onTextChunk?.(text)
    }
  }

  end(stopReason = 'eogToken'): void {
    this.#settle.resolve({ metadata: { stopReason } })
  }

  fail(error: unknown): void {
    this.#settle.reject(error)
  }
}

export class FakeSequence implements LlamaCppSequence {
  readonly contextSize: number
  readonly tokens = { usedInputTokens: 0, usedOutputTokens: 0 }
  readonly tokenMeter = { getState: () => ({ ...this.tokens }) }
  readonly #free: () => void

  constructor(contextSize: number, free: () => void) {
    this.contextSize = contextSize
    this.#free = free
  }

  async dispose(): Promise<void> {
    this.#free()
  }
}

/** An engine whose every reply a test writes by hand. A prompt has as many tokens as words. */
export class FakeEngine implements LlamaCppEngine, LlamaCppLlama, LlamaCppModel, LlamaCppContext {
  readonly replies: FakeReply[] = []
  readonly grammars: string[] = []
  /** What was asked of it, and what was given back. */
  readonly calls: unknown[] = []
  readonly filename = 'fake.gguf'
  readonly tokenizer = {}
  readonly llama = this
  readonly model = this
  readonly LlamaChat: LlamaCppEngine['LlamaChat']
  sequencesLeft: number
  #contextSize = 64
  readonly #asked: (() => void)[] = []

  constructor(sequences = 1) {
    this.sequencesLeft = sequences
    const engine = this
    this.LlamaChat = class implements LlamaCppChat {
      #sequence: LlamaCppSequence | undefined
      readonly chatWrapper: LlamaCppChat['chatWrapper'] = {
        generateContextState: ({ chatHistory }: { chatHistory: readonly LlamaCppMessage[] }) => ({
          contextText: { tokenize: () => wordsOf(chatHistory) },
        }),
      }

      constructor({ contextSequence, chatWrapper }: ConstructorParameters<LlamaCppEngine['LlamaChat']>[0]) {
        this.#sequence = contextSequence
        if (chatWrapper === 'auto') engine.calls.push('template read')
        else if (chatWrapper) this.chatWrapper = chatWrapper
      }

      get sequence(): LlamaCppSequence {
        if (!this.#sequence) throw new Error('Object is disposed')
        return this.#sequence
      }

      generateResponse(history: LlamaCppMessage[], options: LlamaCppGenerateOptions = {}) {
        return engine.#reply(this.sequence, history, options)
      }

      dispose(): void {
        engine.calls.push('chat disposed')
        this.#sequence = undefined
      }
    }
  }

  async getLlama(options: object) {
    this.calls.push(options)
    return this
  }

  async loadModel(options: { modelPath: string }) {
    this.calls.push(options)
    if (options.modelPath === 'missing.gguf') throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
    if (options.modelPath === 'broken.gguf') throw new Error('Invalid GGUF magic')
    return this
  }

  async createContext(options: { contextSize?: number; sequences?: number }) {
    this.calls.push(options)
    if (options.contextSize === 1) throw new Error('too small')
    this.#contextSize = options.contextSize ?? this.#contextSize
    this.sequencesLeft = options.sequences ?? this.sequencesLeft
    return this
  }

  async createGrammar({ grammar }: { grammar: string }) {
    if (grammar.includes('refused')) throw new Error('parse: error')
    this.grammars.push(grammar)
    return { grammar }
  }

  getSequence(): FakeSequence {
    if (this.sequencesLeft === 0) throw new Error('No sequences left')
    this.sequencesLeft--
    return new FakeSequence(this.#contextSize, () => {
      this.calls.push('sequence disposed')
      this.sequencesLeft++
    })
  }

  async dispose(): Promise<void> {
    this.calls.push('disposed')
  }

  /** The reply of that index, as soon as it is asked for. */
  async reply(index: number): Promise<FakeReply> {
    while (true) {
      const reply = this.replies[index]
      if (reply) return reply
      await new Promise<void>(resolve => this.#asked.push(resolve))
    }
  }

  #reply(sequence: LlamaCppSequence, history: readonly LlamaCppMessage[], options: LlamaCppGenerateOptions) {
    if (!(sequence instanceof FakeSequence)) throw new Error('a sequence of somebody else')
    const words = wordsOf(history)
    // The real meter leaves out the last token, and what the sequence had read before.
    sequence.tokens.usedInputTokens += Math.max(0, words.length - 1 - sharedWords(lastWords.get(sequence) ?? [], words))
    lastWords.set(sequence, words)
    const reply = new FakeReply(sequence, history, options)
    this.replies.push(reply)
    for (const tell of this.#asked.splice(0)) tell()
    return reply.result
  }
}

const lastWords = new WeakMap<FakeSequence, readonly string[]>()

function wordsOf(history: readonly LlamaCppMessage[]): readonly string[] {
  return history
    .flatMap(message => ('text' in message ? message.text : message.response.join('')).split(/\s+/))
    .filter(Boolean)
}

function sharedWords(a: readonly string[], b: readonly string[]): number {
  const differs = b.findIndex((word, i) => word !== a[i])
  return differs === -1 ? Math.max(0, b.length - 1) : differs
}

interface PromiseWithResolversOf<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** The platform's has it from Node 22 on. */
function withResolvers<T>(): PromiseWithResolversOf<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
