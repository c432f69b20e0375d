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

export const ENGINE_DIED = 'an error was encountered while running the model: unexpected EOF'
export const GARBAGE_LINE = '{"model":"nous-hermes2pro","created_at":"20'
