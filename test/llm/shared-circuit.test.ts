import { expect, test } from 'vitest'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { OpenAiCompatibleClient } from '../../src/llm/openai-compatible-client.ts'
import { sharedCircuit } from '../../src/llm/shared-circuit.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'

const client = (baseUrl: string, model = 'm') => new HermesOllamaClient({ baseUrl, model })

test('one circuit for an endpoint and model, whoever asks', () => {
  const clock = new ManualClock()
  const circuit = sharedCircuit(client('http://a/'), clock, {})
  expect(sharedCircuit(client('http://a'), clock, {})).toBe(circuit)
  const others = [
    sharedCircuit(client('http://b'), clock, {}),
    sharedCircuit(client('http://a', 'n'), clock, {}),
    sharedCircuit(client('http://a'), new ManualClock(), {}),
    sharedCircuit(client('http://a'), clock, { failuresToOpen: 9 }),
    sharedCircuit(new OpenAiCompatibleClient({ baseUrl: 'http://a/v1', model: 'm' }), clock, {}),
  ]
  expect(new Set([circuit, ...others]).size).toBe(6)
})

test('a client without an endpoint shares it with nobody', () => {
  const clock = new ManualClock()
  const [one, two] = [new ScriptedClient([]), new ScriptedClient([])]
  expect(sharedCircuit(one, clock, {})).toBe(sharedCircuit(one, clock, {}))
  expect(sharedCircuit(one, clock, {})).not.toBe(sharedCircuit(two, clock, {}))
})
