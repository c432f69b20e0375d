import type { Attempt } from './attempt.ts'
import type { TransportResponse } from './transport.ts'

/** Far above any error message or list of models, far below what would hurt. */
const MAX_BODY_BYTES = 1024 * 1024

/** A short body as text. Stops at a limit, and at a broken connection: what is there by then has to do. */
export async function readBounded(response: TransportResponse, attempt: Attempt): Promise<string> {
  const decoder = new TextDecoder()
  const reader = response.body[Symbol.asyncIterator]()
  let text = ''
  try {
    for (let bytes = 0; bytes < MAX_BODY_BYTES; ) {
      const read = await attempt.wait(reader.next())
      if (read.done) break
      bytes += read.value.byteLength
      text += decoder.decode(read.value, { stream: true })
    }
  } catch (error) {
    if (attempt.aborted) throw error
  }
  return text + decoder.decode()
}
