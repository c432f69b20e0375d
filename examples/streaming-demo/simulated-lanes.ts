import { HermesOllamaClient } from 'planweave'
import { SimulatedOllama } from 'planweave/testing'
import type { Lane, Lanes } from './lanes.ts'
import type { DemoOptions } from './options.ts'
import { contextTokensFor } from './server-choice.ts'

/** Where a reply is cut: after about half of what the scripted model writes for an agent. */
const TOKENS_UNTIL_CUT = 29

/** What a model says that has not understood what it is for. */
const GARBAGE = 'As a language model I would first {think} about [all] of this. A good plan might be: attack!'

/** Three simulated machines that write the same replies, so that the modes can be measured side by side. */
export async function simulatedLanes(options: DemoOptions, reply: (prompt: string) => string): Promise<Lanes> {
  const { profile, seed, fault, agents, model } = options
  const server = () =>
    SimulatedOllama.start({ profile, seed, reply: fault === 'garbage' ? () => GARBAGE : reply, models: [model] })
  const servers = await Promise.all([server(), server(), server()] as const)
  const laneOf = (server: SimulatedOllama): Lane => ({
    client: new HermesOllamaClient({ baseUrl: server.url, model, contextTokens: contextTokensFor(agents) }),
    // Each server begins with nothing in memory.
    unload: async () => {},
    beginRun() {
      if (fault === 'cut') server.inject({ kind: 'eof', afterTokens: TOKENS_UNTIL_CUT * agents })
      const before = server.requests.length
      return () => tokensSince(server, before)
    },
  })
  const [blocking, streaming, cold] = servers
  return {
    concurrent: true,
    blocking: laneOf(blocking),
    streaming: laneOf(streaming),
    cold: laneOf(cold),
    close: async () => void (await Promise.all(servers.map(server => server.stop()))),
  }
}

function tokensSince(server: SimulatedOllama, before: number) {
  let evaluated = 0
  let output = 0
  for (const request of server.requests.slice(before)) {
    evaluated += request.evaluatedTokens
    output += request.outputTokens
  }
  return { evaluated, output }
}
