import type { Transport } from './transport.ts'

/**
 * HTTP for browsers: the platform's `fetch`, without cookies and without a cache. It adds no headers, so that a server's list of
 * allowed CORS headers has to hold only those that the client asks for.
 */
export const transport: Transport = {
  async request(method, url, { body, headers, signal }) {
    const response = await fetch(url, {
      method,
      body: body ?? null,
      headers: headers ?? {},
      signal,
      cache: 'no-store',
      credentials: 'omit',
    })
    const reader = response.body?.getReader()
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: chunksOf(reader),
      // Cancelling a body that has already failed rejects with that same failure, which its reader has seen.
      close: () => void reader?.cancel().catch(() => {}),
    }
  },
}

/** By hand, as not every browser can iterate over a stream. */
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  if (!reader) return
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
}
