import { type Completion, LlmClient, type LlmRequestOptions, type Prompt, readAll } from 'planweave'
import { ScriptedClient } from 'planweave/testing'
import { expect, test } from 'vitest'
import { BlockingClient } from '../../../examples/streaming-demo/blocking-client.ts'

/** Counts as a server does, and remembers what it was asked. */
class CountingClient extends LlmClient {
  readonly model = 'counting'
  readonly asked: (readonly [Prompt, LlmRequestOptions | undefined])[] = []

  async complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    this.asked.push([prompt, options])
    const usage = { promptTokens: 10, cachedPromptTokens: 4, outputTokens: 3 }
    return { text: 'hello', finishReason: 'stop', usage, timings: { firstTextMs: 1, totalMs: 2 } }
  }
}

test('what streams in many pieces comes as one', async () => {
  const pieces: string[] = []
  await readAll(new BlockingClient(new ScriptedClient(['a reply of many words'])).completeStreaming('x'), piece =>
    pieces.push(piece),
  )
  expect(pieces).toEqual(['a reply of many words'])
})

test('prompt and options go through as they are, the signal with them', async () => {
  const client = new CountingClient()
  const options = { seed: 7, temperature: 0, signal: new AbortController().signal }
  await new BlockingClient(client).complete('x', options)
  expect(client.asked).toEqual([['x', options]])
})

test('tokens are added up, and what was cached counts as not read', async () => {
  const client = new BlockingClient(new CountingClient())
  expect(client.tokens).toEqual({})
  await client.complete('x')
  await readAll(client.completeStreaming('x'))
  expect(client.tokens).toEqual({ evaluated: 12, output: 6 })
})
