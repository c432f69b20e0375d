import { expect, test } from 'vitest'
import { BurstBody } from '../../src/llm/burst-body.ts'
import { type Bursts, burstsOf } from '../../src/llm/bursts.ts'

/** What the next `take` is answered with. */
function taken(bursts: Bursts): Promise<string> {
  return new Promise(resolve =>
    bursts.take({
      bytes: bytes => resolve(Buffer.from(bytes).toString()),
      ended: () => resolve('end'),
      broke: error => resolve(String(error)),
    }),
  )
}

async function* pieces(...texts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text
    yield Buffer.from(text)
  }
}

test('any body is read piece by piece, to its end or to where it broke', async () => {
  const whole = burstsOf(pieces('a', 'b'))
  expect([await taken(whole), await taken(whole), await taken(whole), await taken(whole)]).toEqual([
    'a',
    'b',
    'end',
    'end',
  ])
  const broken = burstsOf(pieces('a', new Error('reset')))
  expect([await taken(broken), await taken(broken)]).toEqual(['a', 'Error: reset'])
})

test('a body that comes in bursts is taken as it is', async () => {
  const body = new BurstBody({ pause: () => {}, resume: () => {} })
  expect(burstsOf(body)).toBe(body)
  const first = taken(body)
  body.push(Buffer.from('a'))
  body.push(Buffer.from('b'))
  expect(await first).toBe('ab')
  const broken = taken(body)
  body.fail(new Error('reset'))
  expect(await broken).toBe('Error: reset')
})
