/** What goes wrong with one request. `afterTokens` counts tokens generated before it happens, 0 for none. */
export type Fault =
  /** Nothing: the request is served as it should be. */
  | { readonly kind: 'none' }
  /** Another answer in place of Ollama's, as a proxy gives it: any status, any body. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body: string
      /** @defaultValue `application/json; charset=utf-8`, or `text/html` for a body that begins with `<` */
      readonly contentType?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** The engine refuses before the first token: `{"error": …}` with this status, in the headers Ollama sends then. */
  | { readonly kind: 'refuse'; readonly status: number; readonly error: string }
  /** The model can't be loaded: an error with status 500, before anything else. */
  | {
      readonly kind: 'load-failure'
      /** @defaultValue what Ollama says when its engine can't get the memory */
      readonly error?: string
    }
  /** `{"error": …}` as the last line and no `done`. */
  | {
      readonly kind: 'error-line'
      readonly afterTokens: number
      /** @defaultValue what Ollama says when its engine dies */
      readonly error?: string
    }
  /** A clean end of the body without `done`. */
  | { readonly kind: 'eof'; readonly afterTokens: number }
  /** The connection is reset. */
  | { readonly kind: 'reset'; readonly afterTokens: number }
  /** Nothing more comes, and the connection stays open. */
  | { readonly kind: 'stall'; readonly afterTokens: number }
  /** One line that is not JSON; then the reply goes on. */
  | {
      readonly kind: 'garbage'
      readonly afterTokens: number
      /** Without its line break. @defaultValue half a line of JSON */
      readonly line?: string
    }
  /** Half of a line, then a clean end of the body. */
  | { readonly kind: 'cut-line'; readonly afterTokens: number }
  /** The last line comes twice, as it is. */
  | { readonly kind: 'double-done' }
  /** Behind the last line come a line of text and half of another. */
  | { readonly kind: 'after-done' }
  /** Nothing is sent for so many milliseconds of the clock more than it would take, not even the head. */
  | { readonly kind: 'slow-head'; readonly ms: number }
  /** All lines of a stream end in CRLF. */
  | { readonly kind: 'crlf' }
  /** A stream begins with a byte order mark. */
  | { readonly kind: 'bom' }
  /** There are blank lines around each line of a stream. */
  | { readonly kind: 'blank-lines' }
  /** Each character of a stream that has several bytes arrives in several pieces. */
  | { readonly kind: 'split-characters' }
  /** A stream that calls itself something else, such as `text/plain`. */
  | { readonly kind: 'content-type'; readonly contentType: string }

export const LOAD_FAILED =
  'llama-server process has terminated: exit status 1: error loading model: unable to allocate buffer'
export const ENGINE_DIED = 'an error was encountered while running the model: unexpected EOF'
export const GARBAGE_LINE = '{"model":"nous-hermes2pro","created_at":"20'
