/**
 * What is used of the package `node-llama-cpp`, and no more: the library compiles without that package, a test puts a small engine
 * in its place, and `e2e/engine/` shows that the real one fits. Arguments that belong to it alone are plain objects here.
 */
export interface LlamaCppEngine {
  getLlama(options: object): Promise<LlamaCppLlama>
  readonly LlamaChat: typeof LlamaCppChatClass
}

export interface LlamaCppLlama {
  loadModel(options: { modelPath: string }): Promise<LlamaCppModel>
  createGrammar(options: { grammar: string }): Promise<object>
}

export interface LlamaCppModel {
  readonly llama: LlamaCppLlama
  readonly tokenizer: object
  /** The name of its file. */
  readonly filename?: string | undefined
  createContext(options: object): Promise<LlamaCppContext>
  dispose(): Promise<void>
}

export interface LlamaCppContext {
  readonly model: LlamaCppModel
  readonly sequencesLeft: number
  /** Throws when none is left. */
  getSequence(): LlamaCppSequence
  dispose(): Promise<void>
}

/** One text being written. Those of one context are computed together, a token each at a time. */
export interface LlamaCppSequence {
  /** For prompt and reply together, in tokens. */
  readonly contextSize: number
  readonly tokenMeter: { getState(): LlamaCppTokens }
  dispose(): Promise<void>
}

export interface LlamaCppTokens {
  /** Without those that were read for an earlier prompt, and without the last one. */
  readonly usedInputTokens: number
  readonly usedOutputTokens: number
}

/** A type alone: as a class, because TypeScript lets a class's constructor ask for the real sequence where ours is narrower. */
export declare class LlamaCppChatClass implements LlamaCppChat {
  constructor(options: { contextSequence: LlamaCppSequence; chatWrapper?: 'auto' | LlamaCppChat['chatWrapper'] })
  readonly sequence: LlamaCppSequence
  readonly chatWrapper: LlamaCppChat['chatWrapper']
  generateResponse: LlamaCppChat['generateResponse']
  dispose(): void
}

export interface LlamaCppChat {
  readonly sequence: LlamaCppSequence
  readonly chatWrapper: {
    /** The prompt as the model's template writes it. */
    generateContextState(options: { chatHistory: readonly LlamaCppMessage[] }): {
      readonly contextText: { tokenize(tokenizer: object): readonly unknown[] }
    }
  }
  /** Writes the reply; the last message is the reply so far. */
  generateResponse(
    history: LlamaCppMessage[],
    options?: LlamaCppGenerateOptions,
  ): Promise<{ readonly metadata: { readonly stopReason: string } }>
  dispose(): void
}

export type LlamaCppMessage =
  | { type: 'system'; text: string }
  | { type: 'user'; text: string }
  | { type: 'model'; response: string[] }

/** All of it is always given, but for the grammar; optional, as TypeScript asks of what stands for the engine's own type. */
export interface LlamaCppGenerateOptions {
  readonly signal?: AbortSignal
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
  readonly repeatPenalty?: false | object
  readonly customStopTriggers?: readonly unknown[]
  readonly onTextChunk?: (text: string) => void
  onToken?(tokens: readonly unknown[]): void
  readonly grammar?: object | undefined
}
