export {
  LlamaCppClient,
  type LlamaCppClientOptions,
  type LlamaCppCommonOptions,
  type LlamaCppLoadOptions,
} from './llama-cpp-client.ts'
export type {
  LlamaCppChat,
  LlamaCppChatClass,
  LlamaCppContext,
  LlamaCppEngine,
  LlamaCppGenerateOptions,
  LlamaCppLlama,
  LlamaCppMessage,
  LlamaCppModel,
  LlamaCppSequence,
  LlamaCppTokens,
} from './llama-cpp-engine.ts'
