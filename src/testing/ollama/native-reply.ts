/** A tool call as `/api/chat` has it. */
export interface NativeToolCall {
  readonly id?: string
  readonly function: { readonly index: number; readonly name: string; readonly arguments: object }
}

export interface NativeMessage {
  readonly role: string
  readonly content: string
  readonly tool_calls?: readonly NativeToolCall[]
}

/** What a line of a reply says, beside its head: text of `/api/chat` or of `/api/generate`. */
export interface NativeText {
  readonly message?: NativeMessage
  readonly response?: string
}

/** A line of a reply, or a whole one, in Ollama's own words. */
export interface NativeReply extends NativeText {
  readonly model?: string
  readonly created_at?: string
  readonly done?: boolean
  readonly done_reason?: string
  readonly context?: readonly number[]
  readonly total_duration?: number
  readonly load_duration?: number
  readonly prompt_eval_count?: number
  readonly prompt_eval_cached_count?: number
  readonly prompt_eval_duration?: number
  readonly eval_count?: number
  readonly eval_duration?: number
  readonly _debug_info?: object
  readonly logprobs?: readonly object[]
  readonly error?: string
}

/** The way out of a chat or generate request. `/v1` translates what goes through it; the work behind it is the same. */
export interface Answer {
  /** Has anything been sent? */
  readonly started: boolean
  json(status: number, value: NativeReply): void
  /** An error that turns up where a stream would have begun. */
  streamError(status: number, message: string): void
  line(value: NativeReply): Promise<void>
  /** A line as it is, whatever it holds. */
  rawLine(line: string): Promise<void>
  /** Half of a line, and no end to it. */
  halfLine(value: NativeReply): Promise<void>
  end(): void
  reset(): Promise<void>
}
