/** One HTTP exchange; undici in Node, the platform's fetch in browsers. */
export interface Transport {
  /**
   * Resolves with the head of the response, whatever its status; rejects when there is none. No time limits of its own.
   * Aborting `signal` closes the connection at once, before the head and after it.
   */
  request(method: 'GET' | 'POST', url: string, init: TransportRequest): Promise<TransportResponse>
}

export interface TransportRequest {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Can be read once. Throws when the connection breaks before the end of the body. */
  readonly body: AsyncIterable<Uint8Array>
  /** Closes the connection at once, whatever has been read; nothing when the body was read to its end. */
  close(): void
}
