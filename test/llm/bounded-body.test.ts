import { expect, test } from 'vitest'
import { Attempt } from '../../src/llm/attempt.ts'
import { readBounded } from '../../src/llm/bounded-body.ts'

async function* bytes(...pieces: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece
    yield new TextEncoder().encode(piece)
  }
}

function responseOf(body: AsyncIterable<Uint8Array>) {
  return { status: 500, headers: {}, body, close: () => {} }
}

test.each([
  ['whole', ['a', 'é', 'b'], 'aéb'],
  ['nothing', [], ''],
  ['up to where the connection broke', ['half', new Error('reset')], 'half'],
])('%s', async (_, pieces, text) => expect(await readBounded(responseOf(bytes(...pieces)), new Attempt())).toBe(text))

test('an endless body is read to a limit', async () => {
  async function* endless() {
    while (true) yield new Uint8Array(100_000).fill(0x78)
  }
  expect((await readBounded(responseOf(endless()), new Attempt())).length).toBeLessThan(1_200_000)
})

test('an abort ends it', async () => {
  const attempt = new Attempt()
  const reading = readBounded(
    responseOf({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
    attempt,
  )
  attempt.abort('why')
  await expect(reading).rejects.toThrow('aborted')
})
