import type { HermesOllamaClient } from 'planweave'
import type { Lanes } from './lanes.ts'

/** The user's own Ollama: one server, so that the runs take turns. */
export function liveLanes(client: HermesOllamaClient, url: string): Lanes {
  const lane = {
    client,
    async unload(signal: AbortSignal) {
      const body = JSON.stringify({ model: client.model, keep_alive: 0 })
      const answer = await fetch(`${url}/api/generate`, { method: 'POST', body, signal })
      await answer.arrayBuffer()
    },
    beginRun: () => () => ({}),
  }
  return { concurrent: false, blocking: lane, streaming: lane, cold: lane, close: async () => {} }
}
