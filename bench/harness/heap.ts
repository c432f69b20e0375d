import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Between two looks at the heap: few enough that a collection in between hides next to nothing. */
const CHUNKS_PER_LOOK = 64

// The flag shows its function to contexts made from now on, so no option of node is needed.
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
const heapBytes = () => getHeapStatistics().used_heap_size

/** Bytes that were allocated while `push` took all chunks, whether they were freed again or not. */
export function bytesAllocated(chunks: readonly string[], push: (chunk: string) => void): number {
  collect()
  const look = bytesPerLook()
  let allocated = 0
  for (let i = 0; i < chunks.length; ) {
    const last = Math.min(chunks.length, i + CHUNKS_PER_LOOK)
    const before = heapBytes()
    while (i < last) push(chunks[i++] as string) // in range
    // After a collection the heap is smaller, and what these few chunks took is lost to the count.
    allocated += Math.max(0, heapBytes() - before - look)
  }
  return allocated
}

/** Bytes that are still held once all chunks are pushed, with nothing kept but what `start` returns. */
export function bytesRetained(chunks: readonly string[], start: () => { push(chunk: string): unknown }): number {
  collect()
  const before = heapBytes()
  const reader = start()
  for (const chunk of chunks) reader.push(chunk)
  collect()
  const retained = heapBytes() - before
  // A last use, or the reader itself could be collected before it was weighed.
  reader.push('')
  return retained
}

/** A look at the heap allocates its own report; the first ones also the code and maps they need, so the cheapest of a few counts. */
function bytesPerLook(): number {
  let cheapest = Number.POSITIVE_INFINITY
  for (let look = 0; look < 8; look++) {
    const before = heapBytes()
    cheapest = Math.min(cheapest, Math.max(0, heapBytes() - before))
  }
  return cheapest
}
