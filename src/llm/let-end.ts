import type { Clock } from '../clock.ts'
import type { TransportResponse } from './transport.ts'

/** How long the end of a body may take behind the end of the reply in it. */
const END_WITHIN_MS = 50
const MAX_REST_BYTES = 64 * 1024

/**
 * Reads what is left of a body behind the end of its reply, so that the connection can serve the next request. A body that does not
 * end soon is closed. Never rejects; resolves when nothing of it is left, the timer included.
 */
export function letEnd(response: TransportResponse, reader: AsyncIterator<Uint8Array>, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    const over = () => {
      cancelTimer()
      response.close()
      resolve()
    }
    const cancelTimer = clock.setTimer(END_WITHIN_MS, over)
    readRest(reader).then(over, over)
  })
}

async function readRest(reader: AsyncIterator<Uint8Array>): Promise<void> {
  for (let bytes = 0; bytes < MAX_REST_BYTES; ) {
    const read = await reader.next()
    if (read.done) return
    bytes += read.value.byteLength
  }
}
