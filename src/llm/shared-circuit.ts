import type { Clock } from '../clock.ts'
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.ts'
import type { LlmClient } from './llm-client.ts'

/** One entry for each server and model that a game names, so never many. */
const circuitsByClock = new WeakMap<Clock, Map<string, CircuitBreaker>>()
const circuitsByClient = new WeakMap<LlmClient, Map<string, CircuitBreaker>>()

/**
 * The circuit of a client's endpoint and model, the same for everyone who asks with the same clock and options. A client without
 * an endpoint has circuits of its own.
 *
 * @throws RangeError
 */
export function sharedCircuit(client: LlmClient, clock: Clock, options: CircuitBreakerOptions): CircuitBreaker {
  const { endpoint, model } = client
  const circuits = endpoint === undefined ? mapOf(circuitsByClient, client) : mapOf(circuitsByClock, clock)
  const key = JSON.stringify([endpoint, model, options.failuresToOpen, options.openMs])
  const circuit = circuits.get(key) ?? new CircuitBreaker(clock, options)
  circuits.set(key, circuit)
  return circuit
}

function mapOf<K extends object>(maps: WeakMap<K, Map<string, CircuitBreaker>>, key: K): Map<string, CircuitBreaker> {
  const map = maps.get(key) ?? new Map<string, CircuitBreaker>()
  maps.set(key, map)
  return map
}
