import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type AfterRead, afterRead, readAtOnce } from '../../src/llm/socket-reads.ts'

/** A socket of which a parser reads all that there is, unless it pauses. */
function socket({ highWaterMark = 1000 } = {}) {
  const log: string[] = []
  const parser = { paused: false, parse: (_: string) => {} }
  const stream = new Duplex({ read() {}, write() {}, highWaterMark })
  readAtOnce(stream)
  const readAll = () => {
    for (let chunk = parser.paused ? null : stream.read(); chunk !== null; ) {
      log.push(String(chunk))
      parser.parse(String(chunk))
      chunk = parser.paused ? null : stream.read()
    }
  }
  stream.on('readable', readAll)
  stream.on('end', () => log.push('end'))
  return { stream, log, parser, readAll }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

describe('a socket that is read at once', () => {
  test('hands over what arrives in the turn in which it does, and goes on', () => {
    const { stream, log } = socket()
    expect([stream.push('a'), stream.push('b')]).toEqual([true, true])
    expect(log).toEqual(['a', 'b'])
    expect(stream.readableLength).toBe(0)
  })

  test('ends as any other', async () => {
    const { stream, log } = socket()
    stream.push('a')
    stream.push(null)
    await turn()
    expect(log).toEqual(['a', 'end'])
  })

  test('keeps what is not taken, and all that follows it, in order', async () => {
    const { stream, log, parser, readAll } = socket()
    parser.paused = true
    for (const chunk of ['a', 'b']) stream.push(chunk)
    await turn()
    expect(log).toEqual([])
    parser.paused = false
    stream.push('c')
    expect(log).toEqual([])
    readAll()
    // The buffer is one, as it is for every stream that is read whole.
    expect(log.join('')).toBe('abc')
    stream.push('d')
    expect(log.join('')).toBe('abcd')
    await turn()
    expect(log.join('')).toBe('abcd')
  })

  test('puts back what a parser could not use yet, before what comes next', async () => {
    const { stream, log, parser, readAll } = socket()
    parser.parse = chunk => {
      parser.paused = true
      stream.unshift(Buffer.from(`rest of ${chunk}, `))
    }
    stream.push('a')
    stream.push('b')
    parser.paused = false
    parser.parse = () => {}
    readAll()
    await turn()
    expect(log.join('')).toBe('arest of a, b')
  })

  test('gives back at once what a parser puts back and reads again', () => {
    const { stream, log, parser } = socket()
    parser.parse = () => {
      parser.parse = () => {}
      stream.unshift(Buffer.from('b'))
    }
    stream.push('a')
    expect(log).toEqual(['a', 'b'])
  })

  test('keeps the rest for whoever reads only so much', async () => {
    const stream = new Duplex({ read() {}, write() {} })
    readAtOnce(stream)
    const log: unknown[] = []
    stream.on('readable', () => {
      for (let chunk = stream.read(1); chunk !== null; chunk = stream.read(1)) log.push(String(chunk))
    })
    stream.push('ab')
    await turn()
    expect(log).toEqual(['a', 'b'])
  })

  test('tells whoever sends to wait when too much is not taken', () => {
    const { stream, parser } = socket({ highWaterMark: 10 })
    parser.paused = true
    expect([stream.push('12345'), stream.push('67890')]).toEqual([true, false])
    const other = socket({ highWaterMark: 10 })
    other.parser.paused = true
    expect(other.stream.push('1234567890')).toBe(false)
  })

  test('survives a parser that throws', () => {
    const { stream, log, parser } = socket()
    parser.parse = () => {
      throw new Error('a bug')
    }
    expect(() => stream.push('a')).toThrow('a bug')
    parser.parse = () => {}
    stream.push('b')
    expect(log).toEqual(['a', 'b'])
  })

  test('is read through before another one is', async () => {
    const [one, other] = [socket(), socket()]
    one.parser.parse = () => {
      other.stream.push('x')
      one.log.push('parsed')
    }
    one.stream.push('a')
    expect([one.log, other.log]).toEqual([['a', 'parsed'], []])
    await turn()
    expect(other.log).toEqual(['x'])
  })
})

describe('whoever acts after a read', () => {
  const told = (log: string[], name: string): AfterRead => ({ readThrough: () => void log.push(name) })

  test('does so when all of it is parsed, in the same turn', () => {
    const { stream, log, parser } = socket()
    parser.parse = () => {
      afterRead(told(log, 'told'))
      log.push('parsed')
    }
    stream.push('a')
    expect(log).toEqual(['a', 'parsed', 'told'])
    stream.push('b')
    expect(log).toEqual(['a', 'parsed', 'told', 'b', 'parsed', 'told'])
  })

  test('may have the next read begin meanwhile', () => {
    const { stream, log, parser } = socket()
    parser.parse = chunk => {
      if (chunk === 'a') afterRead({ readThrough: () => void stream.push('b') })
    }
    stream.push('a')
    expect(log).toEqual(['a', 'b'])
  })

  test('does so soon, when it is not alone or nothing is being read', async () => {
    const { stream, log, parser } = socket()
    parser.parse = () => {
      for (const name of ['first', 'second']) afterRead(told(log, name))
    }
    afterRead(told(log, 'none is read'))
    expect(log).toEqual([])
    stream.push('a')
    expect(log).toEqual(['a', 'first'])
    await turn()
    expect(log).toEqual(['a', 'first', 'none is read', 'second'])
  })
})
