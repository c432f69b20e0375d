import type { Clock } from '../../clock.ts'
import type { Fault } from './fault.ts'
import type { ChatRequest, GenerateRequest } from './generation-request.ts'
import type { WallClock } from './go-time.ts'
import type { HermesQuirk } from './hermes-quirks.ts'
import type { ModelCatalog } from './model-catalog.ts'
import type { ModelOptions } from './model-options.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelScheduler } from './model-scheduler.ts'
import type { Answer, NativeText, NativeToolCall } from './native-reply.ts'
import type { OpenRequest } from './simulated-request.ts'
import type { TimingProfile } from './timing-profiles.ts'
import type { ToolCallReader } from './tool-call-reader.ts'
import type { VersionTraits } from './version-traits.ts'

/** What every request is served with. */
export interface GenerationContext {
  readonly clock: Clock
  readonly time: WallClock
  readonly profile: TimingProfile
  readonly catalog: ModelCatalog
  readonly registry: ModelRegistry
  readonly scheduler: ModelScheduler
  readonly seed: number
  readonly traits: VersionTraits
  readonly quirks: readonly HermesQuirk[]
  /** `num_ctx` where a request says nothing. */
  readonly contextTokens: number
  readonly reply: ((prompt: string) => string | readonly string[] | undefined) | undefined
  readonly embed: (text: string) => readonly number[]
}

/** One request's way in and out. */
export interface Exchange {
  readonly response: Answer
  readonly log: OpenRequest
  readonly fault: Fault
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal
}

/** What is different between `/api/chat` and `/api/generate`. */
export interface Dialect {
  readonly request: ChatRequest | GenerateRequest
  /** Nothing to answer: only load the model, or unload it. */
  readonly empty: boolean
  readonly prompt: (options: ModelOptions) => string
  readonly fieldsOf: (text: string, calls?: readonly NativeToolCall[]) => NativeText
  /** Takes tool calls out of the text. */
  readonly tools: ToolCallReader | undefined
  /** Does the last line carry the tokens of prompt and reply? */
  readonly tellsTokens: boolean
  readonly debugFields: NativeText
}
