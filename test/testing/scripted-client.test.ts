import { describe, expect, test } from 'vitest'
import { tokenPieces } from '../../src/compress/token-pieces.ts'
import { LlmError } from '../../src/errors.ts'
import { readAll } from '../../src/llm/llm-client.ts'
import { ManualClock, ScriptedClient } from '../../src/testing/index.ts'

const TEXT = '{"plans":[{"agent":"guard-7","steps":[]}]}'

async function piecesOf(client: ScriptedClient, signal?: AbortSignal): Promise<string[]> {
  const pieces: string[] = []
  await readAll(client.completeStreaming('x', { signal }), piece => pieces.push(piece))
  return pieces
}

describe('ScriptedClient', () => {
  test('plays one entry a call, in order, whichever way it is called', async () => {
    const client = new ScriptedClient(['first', { text: 'second' }, { chunks: ['th', '', 'ird'] }])
    expect((await client.complete('a')).text).toBe('first')
    expect((await readAll(client.completeStreaming([{ role: 'user', content: 'b' }]))).text).toBe('second')
    expect(client.remaining).toBe(1)
    expect(await client.complete('c')).toMatchObject({ text: 'third', finishReason: 'stop' })
    expect(client.prompts).toEqual(['a', [{ role: 'user', content: 'b' }], 'c'])
  })

  test.each([
    ['a string, in pieces of a token', TEXT, tokenPieces(TEXT)],
    ['a text, too', { text: TEXT }, tokenPieces(TEXT)],
    ['chunks, as they are cut', { chunks: ['{"pl', '', 'ans":[]}'] }, ['{"pl', 'ans":[]}']],
    ['nothing', '', []],
  ] as const)('streams %s', async (_, entry, pieces) => {
    expect(await piecesOf(new ScriptedClient([entry]))).toEqual(pieces)
  })

  test('calls count when they are made, not when they are read', async () => {
    const client = new ScriptedClient(['first', 'second'])
    const first = client.completeStreaming('a')
    const second = client.completeStreaming('b')
    expect((await readAll(second)).text).toBe('second')
    expect((await readAll(first)).text).toBe('first')
  })

  test('says so when the script is over', async () => {
    const client = new ScriptedClient(['only'])
    await client.complete('a')
    const error = await client.complete('b').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LlmError)
    expect(error).toMatchObject({ code: 'server-error', message: 'the script is over: call 2 of 1' })
    expect(client.prompts).toHaveLength(2)
    expect(client.remaining).toBe(0)
  })

  test('fails as told, at once or after some text', async () => {
    const fail = new LlmError('truncated', 'cut', { partialText: 'half' })
    await expect(new ScriptedClient([{ fail }]).complete('x')).rejects.toBe(fail)
    const pieces: string[] = []
    const stream = new ScriptedClient([{ fail, chunks: ['ha', 'lf'] }]).completeStreaming('x')
    await expect(readAll(stream, piece => pieces.push(piece))).rejects.toBe(fail)
    expect(pieces).toEqual(['ha', 'lf'])
  })

  test('waits on its clock, and tells how long it took', async () => {
    const clock = new ManualClock()
    const client = new ScriptedClient([{ chunks: ['a', 'b', 'c'], afterMs: 100, betweenMs: 10 }], { clock })
    const pieces: string[] = []
    const reading = readAll(client.completeStreaming('x'), piece => pieces.push(piece))
    await clock.advanceAsync(99)
    expect(pieces).toEqual([])
    await clock.advanceAsync(1)
    expect(pieces).toEqual(['a'])
    await clock.advanceAsync(20)
    expect(await reading).toMatchObject({ text: 'abc', timings: { firstTextMs: 100, totalMs: 120 } })
    expect(clock.pending).toBe(0)
  })

  test.each([
    ['before it begins', 0, ''],
    ['while it waits', 50, ''],
    ['between two pieces', 105, 'a'],
  ])('an abort %s ends it with the reason, and leaves no timer', async (_, atMs, partialText) => {
    const clock = new ManualClock()
    const caller = new AbortController()
    const client = new ScriptedClient([{ chunks: ['a', 'b'], afterMs: 100, betweenMs: 10 }], { clock })
    if (atMs === 0) caller.abort('why')
    const failed = client.complete('x', { signal: caller.signal }).catch((thrown: unknown) => thrown)
    await clock.advanceAsync(atMs)
    caller.abort('why')
    expect(await failed).toMatchObject({ code: 'aborted', cause: 'why', partialText })
    expect(clock.pending).toBe(0)
  })

  test('an abort after the last piece counts, too', async () => {
    const caller = new AbortController()
    const client = new ScriptedClient([{ chunks: ['all'] }])
    const failed = readAll(client.completeStreaming('x', { signal: caller.signal }), () => caller.abort('why'))
    await expect(failed).rejects.toMatchObject({ code: 'aborted', partialText: 'all' })
  })

  test('leaving the loop early ends the reply', async () => {
    const client = new ScriptedClient([TEXT, 'next'])
    const stream = client.completeStreaming('x')
    await stream.next()
    await stream.return({ text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect((await client.complete('y')).text).toBe('next')
  })

  test('leaving while it waits ends the wait, too', async () => {
    const clock = new ManualClock()
    const stream = new ScriptedClient([{ text: TEXT, afterMs: 100 }], { clock }).completeStreaming('x')
    const read = stream.next().catch((thrown: unknown) => thrown)
    await clock.advanceAsync(50)
    // No `Completion` exists, and nobody reads the one that `return` asks for.
    const left = stream.return(undefined as never).then(() => 'left')
    expect(await Promise.race([left, clock.advanceAsync(0)])).toBe('left')
    expect([await read, clock.pending]).toEqual([expect.objectContaining({ code: 'aborted' }), 0])
  })

  test('has a name of its own', () => {
    expect(new ScriptedClient([]).model).toBe('scripted')
    expect(new ScriptedClient([], { model: 'hermes' }).model).toBe('hermes')
  })
})
