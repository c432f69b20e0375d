import { beforeAll, describe, expect, test } from 'vitest'
import type { Attempt } from '../../src/llm/attempt.ts'
import type { Completion } from '../../src/llm/llm-client.ts'
import { ReadingStream, type TextTaker } from '../../src/llm/reading-stream.ts'

const COMPLETION: Completion = { text: 'ab', finishReason: 'stop', usage: {}, timings: { firstTextMs: 1, totalMs: 2 } }

/** Answers each read when the test says so, or at once with what is in `ready`; `left` counts how often it was left. */
function source(ready: string[] = []) {
  const seen = { starts: 0, asked: 0, left: 0, attempt: undefined as Attempt | undefined }
  let taker: TextTaker | undefined
  let given = 0
  const answer = (tell: (taker: TextTaker) => void) => {
    const asked = taker
    taker = undefined
    if (asked) tell(asked)
  }
  const give = (value: string) => answer(taker => taker.text(value))
  const stream = new ReadingStream(attempt => {
    seen.starts++
    seen.attempt = attempt
    attempt.whenAborted(() => answer(taker => taker.failed(new Error('aborted'))))
    return {
      read(asking) {
        seen.asked++
        taker = asking
        // Not by shift(), which moves all of a long list.
        const value = ready[given]
        if (value === undefined) return
        given++
        give(value)
      },
      leave: () => void seen.left++,
    }
  })
  return { stream, seen, give, end: () => answer(taker => taker.done(COMPLETION)) }
}

/** Writes down what it is told; `onText` says whether it takes more. */
function sink(onText: (piece: string) => boolean = () => true) {
  const told: unknown[] = []
  return {
    told,
    text(piece: string) {
      told.push(piece)
      return onText(piece)
    },
    done: (completion: Completion) => void told.push(completion),
    failed: (error: unknown) => void told.push(error),
  }
}

// Before all others, as they would hang: where a sink keeps its turn, a stream that is over tells it the end for ever, and whoever
// asked after it waits for ever.
beforeAll(() => {
  const { stream, give } = source()
  const { told, ...into } = sink(() => false)
  const endOnce = () => {
    let ends = 0
    const failed = () => {
      if (++ends > 1) throw new Error('a sink was told the end, and is told it again and again')
    }
    return { ...sink(), failed }
  }
  stream.pour(into)
  stream.pour(endOnce())
  give('a')
  give('b')
  expect(told, 'a sink that takes no more is given no more').toEqual(['a'])
  stream.return(COMPLETION)
  stream.pour(endOnce())
})

test('it starts at the first read, once', async () => {
  const { stream, seen, give } = source()
  expect(seen.starts).toBe(0)
  const first = stream.next()
  give('a')
  expect(await first).toEqual({ value: 'a', done: false })
  const second = stream.next()
  give('b')
  expect(await second).toEqual({ value: 'b', done: false })
  expect(seen.starts).toBe(1)
})

test('reads that are asked for at once are answered in turn, and each only when the one before it is', async () => {
  const { stream, seen, give, end } = source()
  const reads = [stream.next()]
  // In the turn of the first answer, before the second read has begun.
  reads[0]?.then(() => reads.push(stream.next()))
  reads.push(stream.next(), stream.next())
  expect(seen.asked).toBe(1)
  for (const [i, value] of ['a', 'b', 'c'].entries()) {
    expect(seen.asked).toBe(i + 1)
    give(value)
    expect(await reads[i]).toEqual({ value, done: false })
    await Promise.resolve()
  }
  end()
  expect(await reads[3]).toEqual({ value: COMPLETION, done: true })
  expect(await stream.next()).toEqual({ value: undefined, done: true })
})

test('a start that throws rejects the read, and there is no second one', async () => {
  let starts = 0
  const stream = new ReadingStream(() => {
    starts++
    throw new RangeError('maxTokens')
  })
  await expect(stream.next()).rejects.toThrow('maxTokens')
  expect(await stream.next()).toEqual({ value: undefined, done: true })
  expect(starts).toBe(1)
})

describe('leaving', () => {
  test('by return() while a read is pending: it rejects in the same turn, and whoever asks again is told that it is over', async () => {
    const { stream, seen } = source()
    const pending = [stream.next(), stream.next()]
    const returned = stream.return(COMPLETION)
    expect(seen.attempt?.aborted).toBe(true)
    expect(seen.left).toBe(1)
    await expect(pending[0]).rejects.toThrow('aborted')
    expect(await pending[1]).toEqual({ value: undefined, done: true })
    expect(await returned).toEqual({ value: COMPLETION, done: true })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(seen.asked).toBe(1)
  })

  test('by throw() rejects with what was thrown, which is the cause', async () => {
    const { stream, seen } = source()
    const pending = stream.next()
    const thrown = stream.throw(new Error('mine'))
    expect(seen.attempt?.cause).toEqual(new Error('mine'))
    await expect(pending).rejects.toThrow('aborted')
    await expect(thrown).rejects.toThrow('mine')
  })

  test('before the first read starts nothing', async () => {
    const { stream, seen } = source()
    expect(await stream.return(Promise.resolve(COMPLETION))).toEqual({ value: COMPLETION, done: true })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(seen.starts).toBe(0)
  })

  test('by break', async () => {
    const { stream, seen, give } = source()
    queueMicrotask(() => give('a'))
    for await (const text of stream) {
      expect(text).toBe('a')
      break
    }
    expect(seen).toMatchObject({ asked: 1, left: 1 })
  })
})

test('it has what the platform gives to every async generator', () => {
  const { stream } = source()
  const generator = (async function* () {})()
  expect(Symbol.asyncDispose in stream).toBe(Symbol.asyncDispose in generator)
  expect(stream[Symbol.asyncIterator]()).toBe(stream)
})

describe('poured', () => {
  test('it flows to its end, in the turn of each answer', () => {
    const { stream, seen, give, end } = source()
    const { told, ...into } = sink()
    stream.pour(into)
    for (const piece of ['a', 'b']) {
      give(piece)
      expect(told.at(-1)).toBe(piece)
    }
    end()
    expect(told).toEqual(['a', 'b', COMPLETION])
    expect(seen).toMatchObject({ starts: 1, asked: 3, left: 0 })
  })

  test('what is there at once is read in a loop, not ever deeper', () => {
    const { stream, seen, end } = source(Array<string>(100_000).fill('a'))
    const { told, ...into } = sink()
    stream.pour(into)
    end()
    expect([told.length, seen.asked]).toEqual([100_001, 100_001])
  })

  test('no piece overtakes the one that is being read, though its sink asks for the next meanwhile', async () => {
    const ready: string[] = []
    const { stream, give, end } = source(ready)
    let next: unknown
    const log: string[] = []
    const { told, ...into } = sink(piece => {
      log.push(piece)
      next ??= stream.next()
      log.push(`${piece} is read`)
      return true
    })
    stream.pour(into)
    ready.push('b')
    give('a')
    end()
    expect(log).toEqual(['a', 'a is read', 'b', 'b is read'])
    expect(told).toEqual(['a', 'b', COMPLETION])
    expect(await next).toEqual({ value: undefined, done: true })
  })

  test('a sink gets what was not asked for before it, and next() what the sink does not take', async () => {
    const { stream, give } = source()
    const first = stream.next()
    const { told, ...into } = sink(() => false)
    stream.pour(into)
    const last = stream.next()
    for (const piece of ['a', 'b', 'c']) give(piece)
    expect([await first, told, await last]).toEqual([{ value: 'a', done: false }, ['b'], { value: 'c', done: false }])
  })

  test('left from inside its own text: nothing is asked for any more, and the end is told once', () => {
    const { stream, seen, give } = source()
    const { told, ...into } = sink(() => {
      stream.return(COMPLETION)
      return true
    })
    stream.pour(into)
    give('a')
    give('b')
    expect(told).toEqual(['a', new TypeError('the stream is over: it was left, or read to its end before')])
    expect(seen).toMatchObject({ asked: 1, left: 1 })
  })

  test('left while a read is pending: the sink is told in that turn, once', () => {
    const { stream, seen, give } = source()
    const { told, ...into } = sink()
    stream.pour(into)
    stream.return(COMPLETION)
    stream.return(COMPLETION)
    give('a')
    expect(told).toEqual([new Error('aborted')])
    expect(seen.asked).toBe(1)
  })

  test.each([
    ['that comes later', []],
    ['that is there at once', ['a', 'b']],
  ])('a sink that throws at a text %s: the stream is left, and the error comes to it as the end', (_, ready) => {
    const { stream, seen, give } = source(ready)
    const { told, ...into } = sink(() => {
      throw new Error('mine')
    })
    stream.pour(into)
    give('a')
    give('b')
    expect(told).toEqual(['a', new Error('mine')])
    expect(seen).toMatchObject({ asked: 1, left: 1 })
    expect(seen.attempt?.cause).toEqual(new Error('mine'))
  })

  test('a start that throws, and a stream that is over, fail it', async () => {
    const stream = new ReadingStream(() => {
      throw new RangeError('maxTokens')
    })
    const { told, ...into } = sink()
    stream.pour(into)
    stream.pour(into)
    expect(told).toEqual([new RangeError('maxTokens'), expect.any(TypeError)])
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })
})
