import { describe, expect, test } from 'vitest'
import type { Completion } from '../../src/llm/llm-client.ts'
import { close, pour } from '../../src/llm/pour.ts'
import { ReadingStream } from '../../src/llm/reading-stream.ts'

const COMPLETION: Completion = { text: 'ab', finishReason: 'stop', usage: {}, timings: { firstTextMs: 1, totalMs: 2 } }

async function* generator(seen: { closed: boolean }): AsyncGenerator<string, Completion, void> {
  try {
    yield 'a'
    yield 'b'
    return COMPLETION
  } finally {
    seen.closed = true
  }
}

function reading(seen: { closed: boolean }): AsyncGenerator<string, Completion, void> {
  const pieces = ['a', 'b']
  return new ReadingStream(() => ({
    read(taker) {
      const piece = pieces.shift()
      if (piece !== undefined) taker.text(piece)
      else taker.done(COMPLETION)
    },
    leave() {
      seen.closed = true
    },
  }))
}

describe.each([
  ['a stream of ours', reading],
  ["any client's generator", generator],
])('%s', (_, streamOf) => {
  /** What a sink is told until its end, or until it takes no more. */
  function poured(onText: (piece: string) => boolean) {
    const seen = { closed: false }
    const told: unknown[] = []
    const over = new Promise<unknown[]>(resolve => {
      const end = (value: unknown) => {
        told.push(value)
        resolve(told)
      }
      pour(streamOf(seen), {
        text(piece) {
          told.push(piece)
          const takesMore = onText(piece)
          if (!takesMore) resolve(told)
          return takesMore
        },
        done: end,
        failed: end,
      })
    })
    return { seen, over }
  }

  test('comes piece by piece, and then its completion', async () => {
    expect(await poured(() => true).over).toEqual(['a', 'b', COMPLETION])
  })

  test('is not read on when the sink takes no more; to close it is for whoever opened it', async () => {
    const { seen, over } = poured(() => false)
    const told = await over
    await new Promise(resolve => setImmediate(resolve))
    expect([told, seen.closed]).toEqual([['a'], false])
  })

  test('is left when the sink throws, which is the end', async () => {
    const { seen, over } = poured(() => {
      throw new Error('mine')
    })
    expect(await over).toEqual(['a', new Error('mine')])
    expect(seen.closed).toBe(true)
  })
})

test('closing waits for nobody and never fails, whatever it closes', async () => {
  const stuck = {
    return() {
      throw new Error('stuck')
    },
  }
  // What no type allows is what this is for.
  await expect(close(stuck as never)).resolves.toBeUndefined()
  await expect(close(undefined as never)).resolves.toBeUndefined()
})
