import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../../src/actions.ts'
import { grammarOf } from '../../../src/llm/llama-cpp/grammar-of.ts'
import { LlamaCppClient, type LlamaCppCommonOptions } from '../../../src/llm/llama-cpp/llama-cpp-client.ts'
import { readAll } from '../../../src/llm/llm-client.ts'
import { ManualClock } from '../../../src/testing/manual-clock.ts'
import { failureOf } from '../failure-of.ts'
import { FakeEngine } from './fake-engine.ts'

function setUp(sequences = 1, options: LlamaCppCommonOptions = {}) {
  const engine = new FakeEngine(sequences)
  const clock = new ManualClock()
  const client = new LlamaCppClient({ context: engine, LlamaChat: engine.LlamaChat, clock, ...options })
  return { engine, clock, client }
}

/** Lets everything that could happen now happen. */
const settled = () => new ManualClock().advanceAsync(0)

describe('a reply', () => {
  test('is streamed as it is written, and ends in its counts and times', async () => {
    const { engine, clock, client } = setUp()
    const stream = client.completeStreaming('plan for two agents')
    const first = stream.next()
    const reply = await engine.reply(0)
    clock.advance(30)
    reply.write('{"pl')
    expect(await first).toEqual({ value: '{"pl', done: false })
    clock.advance(5)
    reply.write('ans"', ':[]}')
    reply.end()
    expect(await stream.next()).toEqual({ value: 'ans":[]}', done: false })
    expect(await stream.next()).toEqual({
      done: true,
      value: {
        text: '{"plans":[]}',
        finishReason: 'stop',
        usage: { promptTokens: 4, cachedPromptTokens: 0, outputTokens: 3 },
        timings: { firstTextMs: 30, totalMs: 35, queueMs: 0, promptMs: 30, decodeMs: 5 },
      },
    })
    expect(clock.pending).toBe(0)
  })

  test.each([
    ['eogToken', 'stop'],
    ['stopGenerationTrigger', 'stop'],
    ['customStopTrigger', 'stop'],
    ['maxTokens', 'length'],
  ])('that stops by %s is finished by %s', async (reason, finishReason) => {
    const { engine, client } = setUp()
    const completion = client.complete('hi')
    const reply = await engine.reply(0)
    reply.write('a')
    reply.end(reason)
    expect(await completion).toMatchObject({ text: 'a', finishReason })
  })

  test('counts what an earlier prompt on its sequence had read', async () => {
    const { engine, client } = setUp()
    for (const [i, prompt] of ['you plan for guard', 'you plan for the cook'].entries()) {
      const completion = client.complete(prompt)
      const reply = await engine.reply(i)
      reply.write('a')
      reply.end()
      expect((await completion).usage.cachedPromptTokens).toBe([0, 3][i])
    }
  })
})

describe('the engine is asked for', () => {
  test('the conversation, in its own form', async () => {
    const { engine, client } = setUp()
    const prompts = [
      'hi',
      [
        { role: 'system', content: 'plan' },
        { role: 'user', content: 'né' },
        { role: 'assistant', content: '{"plans' },
      ],
    ] as const
    for (const prompt of prompts) {
      const completion = client.complete(prompt)
      const reply = await engine.reply(engine.replies.length)
      reply.write('a')
      reply.end()
      await completion
    }
    expect(engine.replies.map(reply => reply.history)).toEqual([
      [
        { type: 'user', text: 'hi' },
        { type: 'model', response: [] },
      ],
      [
        { type: 'system', text: 'plan' },
        { type: 'user', text: 'né' },
        { type: 'model', response: ['{"plans'] },
      ],
    ])
  })

  test.each([
    ['nothing', {}, { maxTokens: 61, temperature: 0.8, seed: 7, customStopTriggers: [], repeatPenalty: false }],
    [
      'options',
      { maxTokens: 9, temperature: 0, seed: 3, stop: ['END'] },
      { maxTokens: 9, temperature: 0, seed: 3, customStopTriggers: ['END'] },
    ],
    ['a seed that is too large', { seed: 2 ** 32 - 1 }, { seed: 0 }],
    ['a seed below 0', { seed: -1 }, { seed: 2 ** 32 - 2 }],
  ])('%s', async (_, options, expected) => {
    const { engine, client } = setUp(1, { seed: 7 })
    const completion = client.complete('a b', options)
    const reply = await engine.reply(0)
    expect(reply.options).toMatchObject(expected)
    expect(reply.options).not.toHaveProperty('grammar')
    reply.write('x')
    reply.end()
    await completion
  })

  test('a seed of its own by every call that has none, the same in every run', async () => {
    const { engine, client } = setUp(3, { defaults: { temperature: 0.5 } })
    const streams = [{}, { seed: 40 }, {}].map(options => client.completeStreaming('x', options).next())
    await engine.reply(2)
    expect(engine.replies.map(reply => reply.options.seed)).toEqual([0, 40, 1])
    expect(engine.replies[0]?.options.temperature).toBe(0.5)
    for (const reply of engine.replies) reply.write('a')
    await Promise.all(streams)
  })

  test('the grammar of the format, compiled once', async () => {
    const { engine, client } = setUp()
    const actions = defineActions({ MoveTo: { args: { x: z.int().min(0).max(63) } } })
    for (const format of [actions.jsonSchema(['a']), actions.jsonSchema(['a']), 'json'] as const) {
      const completion = client.complete('x', { format })
      const reply = await engine.reply(engine.replies.length)
      expect(reply.options.grammar).toEqual({ grammar: grammarOf(format) })
      reply.write('{}')
      reply.end()
      await completion
    }
    expect(engine.grammars).toEqual([grammarOf(actions.jsonSchema(['a'])), grammarOf('json')])
  })
})

describe('calls share the sequences', () => {
  test('run side by side, then wait in line, and keep their own text', async () => {
    const { engine, clock, client } = setUp(2)
    const completions = ['a', 'b', 'c'].map(prompt => client.complete(prompt))
    const [a, b] = [await engine.reply(0), await engine.reply(1)]
    expect(client.load).toEqual({ busy: 2, waiting: 1 })
    expect(a.sequence).not.toBe(b.sequence)
    expect(engine.calls).toEqual(['template read'])
    clock.advance(12)
    b.write('b1')
    a.write('a1')
    b.end()
    const c = await engine.reply(2)
    expect(c.sequence).toBe(b.sequence)
    c.write('c1')
    for (const reply of [a, c]) reply.end()
    const ended = await Promise.all(completions)
    expect(ended.map(({ text, timings }) => [text, timings.queueMs])).toEqual([
      ['a1', 0],
      ['b1', 0],
      ['c1', 12],
    ])
    expect(client.load).toEqual({ busy: 0, waiting: 0 })
  })

  test('also when somebody else has them all for a while', async () => {
    const { engine, clock, client } = setUp(1)
    const other = engine.getSequence()
    const completion = client.complete('a')
    await clock.advanceAsync(200)
    expect(engine.replies).toHaveLength(0)
    await other.dispose()
    await clock.advanceAsync(20)
    const reply = await engine.reply(0)
    reply.write('x')
    reply.end()
    expect(await completion).toMatchObject({ text: 'x', timings: { queueMs: 220 } })
    expect(clock.pending).toBe(0)
  })
})

describe('an abort', () => {
  test.each([
    ['by the signal', (_: unknown, controller: AbortController) => controller.abort('why')],
    ['by return()', (stream: AsyncGenerator) => void stream.return(undefined)],
  ])('%s in mid-reply ends it at once, with what there was', async (_, leave) => {
    const { engine, clock, client } = setUp()
    const controller = new AbortController()
    const stream = client.completeStreaming('x', { signal: controller.signal })
    const first = stream.next()
    const reply = await engine.reply(0)
    reply.write('half')
    await first
    const second = stream.next()
    leave(stream, controller)
    expect(await failureOf(second)).toMatchObject({ code: 'aborted', partialText: 'half' })
    expect(reply.options.signal?.aborted).toBe(true)
    await settled()
    expect(client.load.busy).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('has the reason of the signal as its cause', async () => {
    const { client } = setUp()
    const error = await failureOf(client.complete('x', { signal: AbortSignal.abort('why') }))
    expect(error).toMatchObject({ code: 'aborted', cause: 'why' })
  })

  test('in the line ends the wait, and the next one gets the sequence', async () => {
    const { engine, client } = setUp()
    const controller = new AbortController()
    const running = client.complete('a')
    await engine.reply(0)
    const waiting = client.complete('b', { signal: controller.signal })
    const last = client.complete('c')
    await settled()
    expect(client.load.waiting).toBe(2)
    controller.abort()
    expect(await failureOf(waiting)).toMatchObject({ code: 'aborted' })
    expect(client.load.waiting).toBe(1)
    engine.replies[0]?.write('x')
    engine.replies[0]?.end()
    await running
    const reply = await engine.reply(1)
    expect(reply.history[0]).toMatchObject({ text: 'c' })
    reply.write('y')
    reply.end()
    expect(await last).toMatchObject({ text: 'y' })
  })

  test('while the prompt is read lets the caller go, but not the sequence', async () => {
    const { engine, client } = setUp()
    const controller = new AbortController()
    const leaving = client.complete('a', { signal: controller.signal })
    const promptIsRead = (await engine.reply(0)).readPrompt()
    const waiting = client.complete('b')
    controller.abort()
    expect(await failureOf(leaving)).toMatchObject({ code: 'aborted' })
    await settled()
    expect([engine.replies.length, client.load]).toEqual([1, { busy: 1, waiting: 1 }])
    promptIsRead()
    const reply = await engine.reply(1)
    reply.write('x')
    reply.end()
    expect(await waiting).toMatchObject({ text: 'x' })
  })
})

describe('a deadline', () => {
  const timeouts = { firstTextMs: 100, idleMs: 50, totalMs: 130 }

  test.each([
    ['before the first text', [], 100, 'timeout-first-text', 100],
    ['between two texts', ['a'], 50, 'timeout-idle', 50],
    ['for the whole reply', ['a', 'b', 'c', 'd'], 130, 'timeout-total', 130],
  ] as const)('%s is named, with the text so far', async (_, texts, __, code, limitMs) => {
    const { engine, clock, client } = setUp()
    const failure = failureOf(client.complete('x', { timeouts }))
    const reply = await engine.reply(0)
    for (const text of texts) {
      reply.write(text)
      await clock.advanceAsync(40)
    }
    await clock.advanceAsync(100)
    expect(await failure).toMatchObject({ code, limitMs, partialText: texts.join('') })
    expect(clock.pending).toBe(0)
    expect(client.load).toEqual({ busy: 0, waiting: 0 })
  })

  test('counts the wait for a sequence', async () => {
    const { engine, clock, client } = setUp()
    const running = client.completeStreaming('a').next()
    await engine.reply(0)
    const failure = failureOf(client.complete('b', { timeouts }))
    await clock.advanceAsync(100)
    expect(await failure).toMatchObject({ code: 'timeout-first-text', elapsedMs: 100 })
    expect(client.load).toEqual({ busy: 1, waiting: 0 })
    engine.replies[0]?.write('x')
    await running
  })
})

describe('a failure', () => {
  test('of the engine keeps the text and the cause', async () => {
    const { engine, client } = setUp()
    const cause = new Error('the GPU is gone')
    const failure = failureOf(client.complete('x'))
    const reply = await engine.reply(0)
    reply.write('half')
    reply.fail(cause)
    expect(await failure).toMatchObject({
      code: 'server-error',
      cause,
      partialText: 'half',
      message: 'fake.gguf: the GPU is gone',
    })
    expect(client.load.busy).toBe(0)
  })

  test('is a reply without text', async () => {
    const { engine, client } = setUp()
    const failure = failureOf(client.complete('x'))
    ;(await engine.reply(0)).end()
    expect(await failure).toMatchObject({ code: 'empty-reply' })
  })

  test('is a prompt that fills the context, of which the engine would forget the start', async () => {
    const { engine, client } = setUp()
    const failure = await failureOf(client.complete('word '.repeat(63)))
    expect(failure).toMatchObject({ code: 'bad-request', message: expect.stringContaining('63 tokens') })
    expect(engine.replies).toHaveLength(0)
    const completion = client.complete('word '.repeat(62))
    const reply = await engine.reply(0)
    expect(reply.options.maxTokens).toBe(1)
    reply.write('x')
    reply.end('maxTokens')
    expect(await completion).toMatchObject({ finishReason: 'length' })
  })

  test('is a format that the engine refuses', async () => {
    const { client } = setUp()
    expect(await failureOf(client.complete('x', { format: { const: 'refused' } }))).toMatchObject({
      code: 'bad-request',
      cause: new Error('parse: error'),
    })
    expect(client.load.busy).toBe(0)
  })

  test.each([
    ['options', { maxTokens: 0 }, 'maxTokens'],
    ['no messages', undefined, 'no messages'],
  ])('is the caller’s with bad %s, at the first read', async (_, options, words) => {
    const { engine, client } = setUp()
    const stream = client.completeStreaming(options ? 'x' : [], options)
    await expect(stream.next()).rejects.toThrow(words)
    expect(engine.sequencesLeft).toBe(1)
  })

  test.each([
    ['defaults', { defaults: { temperature: -1 } }],
    ['seed', { seed: 0.5 }],
  ])('is told by the constructor for a bad %s', (words, options) =>
    expect(() => setUp(1, options)).toThrow(words === 'seed' ? 'seed' : 'temperature'),
  )
})

test('a stream nobody reads asks for nothing, and one that is left asks for no more', async () => {
  const { engine, client } = setUp()
  client.completeStreaming('x')
  const stream = client.completeStreaming('y')
  const first = stream.next()
  const reply = await engine.reply(0)
  reply.write('a')
  await first
  await stream.return(undefined as never)
  expect(reply.options.signal?.aborted).toBe(true)
  expect(engine.replies).toHaveLength(1)
})

test('a reader that throws ends the reply', async () => {
  const { engine, client } = setUp()
  const reading = readAll(client.completeStreaming('x'), () => {
    throw new Error('of the game')
  })
  const reply = await engine.reply(0)
  reply.write('a')
  await expect(reading).rejects.toThrow('of the game')
  expect(reply.options.signal?.aborted).toBe(true)
})
