/** The parts of jsonparse 1.3.1 that `json-tokens.ts` uses; it ships no types. What `write` reads and writes is listed whole. */
declare module 'jsonparse' {
  class Jsonparse {
    tState: number
    offset: number
    /** The string or number that is being read, as far as it was taken out of the buffer. */
    string: string | undefined
    stringBuffer: Uint8Array
    stringBufferOffset: number
    unicode: string | undefined
    highSurrogate: number | undefined
    bytes_remaining: number
    bytes_in_sequence: number
    write(bytes: Uint8Array): void
    onToken: (token: number, value: string | number | boolean | null) => void
    onError: (error: Error) => void
  }
  export = Jsonparse
}
