import { describe, expect, test } from 'vitest'
import { type ReplyEnd, ReplyStream } from '../../src/batch/reply-stream.ts'
import { LlmError } from '../../src/errors.ts'
import { type Completion, LlmClient } from '../../src/llm/llm-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { answering, FedClient } from './fed-client.ts'

const turn = () => new ManualClock().advanceAsync(0)

function read(client: LlmClient, onText: (text: string, reply: ReplyStream) => void = () => {}) {
  const ends: ReplyEnd[] = []
  const reply: ReplyStream = new ReplyStream(
    text => onText(text, reply),
    end => ends.push(end),
    true,
  )
  reply.open(client, 'hello', {})
  return { reply, ends }
}

/** A client whose stream is whatever a careless author returns. */
class Careless extends LlmClient {
  readonly model = 'careless'
  readonly #stream: unknown
  constructor(stream: unknown) {
    super()
    this.#stream = stream
  }
  override complete(): Promise<Completion> {
    return Promise.reject(new Error('unused'))
  }
  override completeStreaming(): AsyncGenerator<string, Completion, void> {
    // What no type allows is what this is for.
    return this.#stream as AsyncGenerator<string, Completion, void>
  }
}

/** Gives one piece, and then what `next` gives. */
function textThen(next: () => unknown) {
  let reads = 0
  return { next: () => (reads++ === 0 ? Promise.resolve({ done: false, value: 'half' }) : next()) }
}

function thrown(error: Error): never {
  throw error
}

describe('a reply ends once', () => {
  test('finished, with its completion', async () => {
    const { reply, ends } = read(answering('hello there'))
    await turn()
    expect([reply.text, ends]).toEqual(['hello there', [{ type: 'finished', completion: expect.anything() }]])
  })

  test.each([
    ['its own error', new LlmError('overloaded', 'busy'), { code: 'overloaded', message: 'busy' }],
    [
      'any other error, as one of ours',
      new TypeError('bug'),
      { code: 'server-error', message: 'the client threw: bug', partialText: 'half' },
    ],
  ])('failed, with %s', async (_, error, expected) => {
    const { ends } = read(answering(['half', error]))
    await turn()
    expect(ends).toEqual([{ type: 'failed', error: expect.objectContaining(expected) }])
  })

  test.each([
    ['nothing', undefined],
    ['no stream', { next: 1 }],
    ['a stream whose reads throw', { next: () => Promise.reject('oops') }],
    ['a stream whose reads throw what has no words', { next: () => Promise.reject(Object.create(null)) }],
    ['a stream whose reads give nothing', { next: async () => undefined }],
    ['a piece that is no text', { next: async () => ({ done: false, value: Symbol('no text') }) }],
    ['an end without a completion', { next: async () => ({ done: true, value: undefined }) }],
    ['a completion without usage', { next: async () => ({ done: true, value: { text: '', finishReason: 'stop' } }) }],
    ['a stream that throws at once when it is read on', textThen(() => thrown(new Error('no more')))],
    ['a stream that gives no promise when it is read on', textThen(() => ({ done: true }))],
  ])('failed, when the client returns %s', async (_, stream) => {
    const { ends } = read(new Careless(stream))
    await turn()
    expect(ends).toEqual([{ type: 'failed', error: expect.objectContaining({ code: 'server-error' }) }])
  })

  test('left, while a read is pending', async () => {
    const client = new FedClient(call => call.write('half'))
    const { reply, ends } = read(client)
    await turn()
    reply.leave('enough')
    reply.leave('again')
    client.call(0).write('more')
    await turn()
    expect(ends).toEqual([
      { type: 'left', error: expect.objectContaining({ code: 'aborted', message: 'enough', partialText: 'half' }) },
    ])
    expect([reply.text, client.call(0).closed]).toEqual(['half', true])
  })

  test('left for good: what a deaf client still sends is not read', async () => {
    let send: (result: IteratorResult<string>) => void = () => {}
    const stream = {
      next: () =>
        new Promise(resolve => {
          send = resolve
        }),
      return: () => new Promise(() => {}),
    }
    const texts: string[] = []
    const { reply, ends } = read(new Careless(stream), text => texts.push(text))
    reply.leave('enough')
    send({ done: false, value: 'more' })
    await turn()
    expect([texts, reply.text, ends.length]).toEqual([[], '', 1])
  })

  test('failed, by a piece that is no text: the connection is closed', async () => {
    let closed = false
    const stream = (async function* () {
      try {
        yield 5
      } finally {
        closed = true
      }
    })()
    const { ends } = read(new Careless(stream))
    await turn()
    expect([ends.length, closed]).toEqual([1, true])
  })

  test('left, while its client begins: what it returns then is closed unread', async () => {
    const ends: ReplyEnd[] = []
    const reply: ReplyStream = new ReplyStream(
      () => {},
      end => ends.push(end),
      true,
    )
    const calls: string[] = []
    class Hasty extends Careless {
      override completeStreaming(): AsyncGenerator<string, Completion, void> {
        reply.leave('enough')
        return super.completeStreaming()
      }
    }
    const stream = { next: async () => calls.push('next'), return: async () => calls.push('return') }
    reply.open(new Hasty(stream), 'hello', {})
    await turn()
    expect([calls, ends.length]).toEqual([['return'], 1])
  })

  test('left, without its text where nobody wants it', async () => {
    const client = new FedClient(call => call.write('', 'half'))
    const ends: ReplyEnd[] = []
    const seen: [string, boolean][] = []
    const reply: ReplyStream = new ReplyStream(
      () => seen.push([reply.text, reply.isEmpty]),
      end => ends.push(end),
      false,
    )
    expect(reply.isEmpty).toBe(true)
    reply.open(client, 'hello', {})
    await turn()
    reply.leave('enough')
    expect(seen).toEqual([
      ['', true],
      ['', false],
    ])
    expect(ends).toMatchObject([{ type: 'left', error: { code: 'aborted', message: 'enough', partialText: '' } }])
  })

  test('left, from inside its own text', async () => {
    const client = new FedClient(call => call.write('one', 'two'))
    const { reply, ends } = read(client, (_, self) => self.leave('enough'))
    await turn()
    expect([reply.text, ends.length, client.call(0).closed]).toEqual(['one', 1, true])
  })

  test('left, from inside its own text: a client that is deaf to that is not read on', async () => {
    let reads = 0
    const stream = { next: async () => ({ done: false, value: `piece ${++reads}` }), return: async () => {} }
    const { reply, ends } = read(new Careless(stream), (_, self) => self.leave('enough'))
    await turn()
    expect([reads, reply.text, ends.length]).toEqual([1, 'piece 1', 1])
  })

  test.each([
    ['never answers', { next: () => new Promise(() => {}), return: () => new Promise(() => {}) }],
    ['cannot be closed', { next: () => new Promise(() => {}) }],
    [
      'throws while it closes',
      {
        next: () => new Promise(() => {}),
        return: () => {
          throw new Error('stuck')
        },
      },
    ],
  ])('left at once, when the client %s', async (_, stream) => {
    const { reply, ends } = read(new Careless(stream))
    reply.leave('enough')
    expect(ends.length).toBe(1)
    await turn()
  })
})
