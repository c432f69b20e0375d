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
  let allocated = 0
  for (let i = 0; i < chunks.length; ) {
    const last = Math.min(chunks.length, i + CHUNKS_PER_LOOK)
    const before = heapBytes()
    while (i < last) push(chunks[i++] as string) // in range
    const after = heapBytes()
    // A look allocates its own report, less of it once it is compiled: so each time, a look at nothing tells how much.
    const look = Math.max(0, heapBytes() - after)
    // After a collection the heap is smaller, and what these few chunks took is lost to the count.
    allocated += Math.max(0, after - before - look)
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
