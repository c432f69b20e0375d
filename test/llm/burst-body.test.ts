import { describe, expect, test } from 'vitest'
import { BurstBody } from '../../src/llm/burst-body.ts'

function bodyWithLog() {
  const log: string[] = []
  const body = new BurstBody({ pause: () => log.push('pause'), resume: () => log.push('resume') })
  const push = (text: string) => body.push(Buffer.from(text))
  const read = async () => {
    const { done, value } = await body.next()
    return done ? 'end' : Buffer.from(value).toString()
  }
  return { body, log, push, read }
}

describe('a body in bursts', () => {
  test('what comes in one turn is one read, whether or not a reader was waiting', async () => {
    const { body, push, read } = bodyWithLog()
    const first = read()
    for (const text of ['a', 'b', 'c']) push(text)
    expect(await first).toBe('abc')
    for (const text of ['d', 'e']) push(text)
    expect(await read()).toBe('de')
    const last = read()
    push('f')
    body.end()
    expect([await last, await read(), await read()]).toEqual(['f', 'end', 'end'])
  })

  test('what arrived before a failure is still read', async () => {
    const { body, push, read } = bodyWithLog()
    push('a')
    body.fail(new Error('reset'))
    expect(await read()).toBe('a')
    await expect(read()).rejects.toThrow('reset')
  })

  test('a failure ends a read that waits', async () => {
    const { body, read } = bodyWithLog()
    const waiting = expect(read()).rejects.toThrow('reset')
    body.fail(new Error('reset'))
    await waiting
  })

  test('the server has to wait for a slow reader, and no longer than that', async () => {
    const { log, push, read } = bodyWithLog()
    const half = 'x'.repeat(128 * 1024)
    push(half)
    expect(log).toEqual([])
    push(half)
    push('y')
    expect(log).toEqual(['pause'])
    expect(await read()).toHaveLength(256 * 1024 + 1)
    expect(log).toEqual(['pause', 'resume'])
  })
})
