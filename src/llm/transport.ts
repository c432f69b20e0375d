/** One HTTP exchange; undici in Node, the platform's fetch in browsers. */
export interface Transport {
  request(
    method: 'GET' | 'POST',
    url: string,
    init: {
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly signal: AbortSignal
    },
  ): Promise<{
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: AsyncIterable<Uint8Array>
    /** Closes the connection at once, whatever has been read. */
    close(): void
  }>
}
