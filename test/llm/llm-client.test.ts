import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { LlmError } from '../../src/errors.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../../src/llm/llm-client.ts'
import type { Prompt } from '../../src/prompt.ts'

function completion(text: string): Completion {
  return { text, finishReason: 'stop', usage: {}, timings: { firstTextMs: 1, totalMs: 2 } }
}

/** A client as games write them: only `complete`. */
class OwnClient extends LlmClient {
  readonly model = 'own'
  readonly #answer: (options: LlmRequestOptions) => Promise<Completion>
  calls = 0

  constructor(answer: (options: LlmRequestOptions) => Promise<Completion>) {
    super()
    this.#answer = answer
  }

  complete(_prompt: Prompt, options: LlmRequestOptions = {}): Promise<Completion> {
    this.calls++
    return this.#answer(options)
  }
}

describe('by default the whole reply is streamed as one piece', () => {
  test.each([
    ['a reply', 'hello', ['hello']],
    ['a reply without text', '', []],
  ])('%s', async (_, text, pieces) => {
    const seen: string[] = []
    const stream = new OwnClient(async () => completion(text)).completeStreaming('hi')
    expect(await readAll(stream, piece => seen.push(piece))).toEqual(completion(text))
    expect(seen).toEqual(pieces)
  })

  test('the options reach complete() as they are, but for the signal', async () => {
    const signal = new AbortController().signal
    let got: LlmRequestOptions = {}
    const client = new OwnClient(async options => {
      got = options
      return completion('a')
    })
    await readAll(client.completeStreaming('hi', { signal, maxTokens: 5, temperature: 0 }))
    expect(got).toMatchObject({ maxTokens: 5, temperature: 0 })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('a failure passes through', async () => {
    const failure = new LlmError('overloaded', 'busy')
    const stream = new OwnClient(() => Promise.reject(failure)).completeStreaming('hi')
    await expect(stream.next()).rejects.toBe(failure)
  })

  test('return() aborts complete() at once, even one that does not listen', async () => {
    let inner: AbortSignal | undefined
    const client = new OwnClient(({ signal }) => {
      inner = signal
      return new Promise(() => {})
    })
    const stream = client.completeStreaming('hi')
    const pending = stream.next()
    const returned = stream.return(completion(''))
    expect(inner?.aborted).toBe(true)
    await expect(pending).rejects.toMatchObject({ code: 'aborted' })
    expect(await returned).toMatchObject({ done: true })
  })

  test.each([
    [
      'that listens',
      (signal: AbortSignal) =>
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('mine')))),
    ],
    ['that does not', () => new Promise<never>(() => {})],
  ])("an abort ends a complete() %s, with the caller's own reason", async (_, answer) => {
    const caller = new AbortController()
    const client = new OwnClient(({ signal }) => (signal ? answer(signal) : Promise.reject(new Error('no signal'))))
    const pending = client.completeStreaming('hi', { signal: caller.signal }).next()
    caller.abort('the level was left')
    await expect(pending).rejects.toMatchObject({ code: 'aborted', cause: 'the level was left', retryable: false })
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  })

  test('a signal that is aborted already asks the model nothing', async () => {
    const client = new OwnClient(async () => completion('a'))
    const stream = client.completeStreaming('hi', { signal: AbortSignal.abort('early') })
    await expect(stream.next()).rejects.toMatchObject({ code: 'aborted', cause: 'early' })
    expect(client.calls).toBe(0)
  })
})

test('readAll gives every piece in order and keeps the completion', async () => {
  async function* stream(): AsyncGenerator<string, Completion, void> {
    yield 'a'
    yield 'b'
    return completion('ab')
  }
  const seen: string[] = []
  expect(await readAll(stream(), piece => seen.push(piece))).toEqual(completion('ab'))
  expect(seen).toEqual(['a', 'b'])
})

test('readAll leaves the stream when its listener throws, or the server would write on for nobody', async () => {
  let left = false
  async function* stream(): AsyncGenerator<string, Completion, void> {
    try {
      yield 'a'
      yield 'b'
    } finally {
      left = true
    }
    return completion('ab')
  }
  const listener = () => {
    throw new Error('the game is over')
  }
  await expect(readAll(stream(), listener)).rejects.toThrow('the game is over')
  expect(left).toBe(true)
})
