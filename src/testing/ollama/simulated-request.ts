/** One request for text, as the server saw it. The figures grow while it is served. */
export interface SimulatedRequest {
  /** Counted from 1. */
  readonly number: number
  readonly path: '/api/chat' | '/api/generate' | '/v1/chat/completions' | '/v1/completions'
  /** As the request named it. */
  readonly model: string
  /** As the model got to read it; empty until the request is accepted. */
  readonly prompt: string
  readonly promptTokens: number
  /** What of the prompt a slot still held. */
  readonly cachedTokens: number
  /** What of the prompt was read anew; less than the rest when the caller left early. */
  readonly evaluatedTokens: number
  /** Tokens really generated, the model's end mark included: they stop growing when the caller leaves. */
  readonly outputTokens: number
  /** By the server's clock, in milliseconds. */
  readonly arrivedMs: number
  readonly firstTokenMs?: number
  readonly endedMs?: number
  /** Absent while it is served. `error`: refused, or ended by a fault. */
  readonly ended?: 'done' | 'aborted' | 'error'
}

/** The same, while the server writes it. */
export type OpenRequest = { -readonly [Field in keyof SimulatedRequest]: SimulatedRequest[Field] }
