import { PerformanceObserver } from 'node:perf_hooks'

/** A span of time, in ms of `performance.now()`. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** Watches when the garbage collector ran, until the returned function is called, which tells. */
export function watchCollections(): () => Promise<readonly Span[]> {
  const spans: Span[] = []
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries())
      spans.push({ startMs: startTime, endMs: startTime + duration })
  })
  observer.observe({ entryTypes: ['gc'] })
  return async () => {
    // Entries are told in turns of the event loop of their own.
    for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setTimeout(resolve))
    observer.disconnect()
    return spans
  }
}

/** Those of the spans in which nothing was collected. */
export function undisturbed<S extends Span>(spans: readonly S[], collections: readonly Span[]): readonly S[] {
  return spans.filter(({ startMs, endMs }) => !collections.some(gc => gc.startMs < endMs && gc.endMs > startMs))
}
