import { describe, expect, test } from 'vitest'
import { OpenAiReplyDecoder, type ServerHabits } from '../../src/llm/openai-reply-decoder.ts'

const utf8 = new TextEncoder()

function decode(pieces: readonly Uint8Array[], habits: ServerHabits = { givesReasons: false }, secret?: string) {
  const decoder = new OpenAiReplyDecoder(habits, secret)
  let text = ''
  for (const piece of pieces) text += decoder.push(piece)
  text += decoder.close()
  return { text, outcome: decoder.outcome }
}

/** At how many characters its decoder looks, or copies them, for each that a reply has. */
function looksPerChar(reply: string): number {
  const bytes = utf8.encode(reply)
  let looks = 0
  const restore = (['indexOf', 'includes', 'slice', 'replace'] as const).map(name => {
    const method = Reflect.get(String.prototype, name)
    const counting = function (this: string, ...args: unknown[]) {
      const result: unknown = Reflect.apply(method, this, args)
      if (name !== 'indexOf') looks += name === 'slice' ? String(result).length : this.length
      else looks += (result === -1 ? this.length : Number(result) + 1) - Number(args[1] ?? 0)
      return result
    }
    Reflect.set(String.prototype, name, counting)
    return () => Reflect.set(String.prototype, name, method)
  })
  const { outcome } = decode([bytes])
  for (const back of restore) back()
  expect(outcome).toHaveProperty('end')
  return looks / reply.length
}

const decodeText = (reply: string) => decode([utf8.encode(reply)])

/** The event of a chunk with this content, as Ollama writes it. */
function event(content: unknown, reason: unknown = null): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`
}

const USAGE = { prompt_tokens: 26, completion_tokens: 4, total_tokens: 30 }
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
const USAGE_ONLY = `data: ${JSON.stringify({ choices: [], usage: USAGE })}\n\n`
const DONE = 'data: [DONE]\n\n'

/** Its usage rides on the reason, so that it is over at [DONE] and not before. */
const REPLY =
  event('a 😀') + event('é\u2028') + FINISH.replace('"choices"', `"usage":${JSON.stringify(USAGE)},$&`) + DONE
const WHOLE = {
  text: 'a 😀é\u2028',
  outcome: { end: { finishReason: 'stop', usage: { promptTokens: 26, outputTokens: 4 }, timings: {} } },
}

describe('every cut of the bytes gives the same reply', () => {
  /** Each event on two `data:` lines, cut between two JSON tokens. */
  const onTwoLines = REPLY.replaceAll('"choices"', '\ndata: "choices"')
  test.each([
    ['LF', REPLY],
    ['CRLF', REPLY.replaceAll('\n', '\r\n')],
    ['CR', REPLY.replaceAll('\n', '\r')],
    ['all three', REPLY.replace('\n\n', '\r\n\n').replace('\n\n', '\r\r')],
    ['several data lines', onTwoLines],
    ['several data lines with CRLF', onTwoLines.replaceAll('\n', '\r\n')],
    ['no space after the colon', REPLY.replaceAll('data: ', 'data:')],
    ['a BOM, and blank lines before it all', `\uFEFF\n\n${REPLY}`],
    ['comments and pings', `: OPENROUTER PROCESSING\n\n:\n\n${REPLY.replaceAll('data: ', ':\n\ndata: ')}`],
    [
      'ids, retry times and fields to come',
      REPLY.replaceAll('data: ', 'id: 7\nretry: 10\nretry: x\nfuture: x\nflag\ndata: '),
    ],
    ['events with names', REPLY.replaceAll('data: ', 'event: completion.chunk\ndata: ')],
    ['no blank line at the very end', REPLY.trimEnd()],
    ['content after [DONE]', REPLY + event('late', 'length') + DONE],
    ['data without anything', REPLY.replaceAll('data: {', 'data:\n\ndata: \n\ndata: {')],
    ['content after the usage that follows the reason', REPLY.replace(DONE, USAGE_ONLY + event('late') + DONE)],
    ['no [DONE]', REPLY.replace(DONE, '')],
    ['no [DONE], and no blank line at the very end', REPLY.replace(DONE, '').trimEnd()],
  ])('%s', (_, reply) => {
    const bytes = utf8.encode(reply)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(WHOLE)
    }
    expect(decode(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(WHOLE)
  })

  test.each(['\n', '\r\n', '\r'])('text is there with its blank line, not with what follows: %j', newline => {
    const decoder = new OpenAiReplyDecoder({ givesReasons: false })
    expect(decoder.push(utf8.encode(event('a').replaceAll('\n', newline)))).toBe('a')
  })
})

describe('what the servers write', () => {
  const role = (content: string) => `data: {"choices":[{"index":0,"delta":{"role":"assistant"${content}}}]}\n\n`
  test.each([
    ['llama.cpp opens with null', role(',"content":null') + event('a') + FINISH + DONE],
    ['vLLM opens with nothing', role(',"content":""') + event('a') + FINISH + DONE],
    [
      'Azure opens without a choice',
      `data: {"choices":[],"prompt_filter_results":[]}\n\n${event('a')}${FINISH}${DONE}`,
    ],
    ['the reason rides on the last content', event('a', 'stop') + DONE],
    ['an empty reason in every chunk is none', event('', '') + event('a', '') + FINISH + DONE],
    ['content in parts', event([{ type: 'thinking', thinking: [] }, { type: 'text', text: 'a' }, 'x', null]) + FINISH],
    ['thoughts are not content', `data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}\n\n${event('a')}${FINISH}`],
    ['usage: null', event('a').replace('{', '{"usage":null,') + FINISH.replace('{', '{"usage":null,') + DONE],
    ['error: null', event('a').replace('{', '{"error":null,') + FINISH + DONE],
    ['choices: null', `data: {"choices":null}\n\n${event('a')}${FINISH}${DONE}`],
    ['no choices at all', `data: {"object":"ping"}\n\n${event('a')}${FINISH}${DONE}`],
    ['a named event that is no JSON', `event: ping\ndata: alive\n\n${event('a')}${FINISH}${DONE}`],
    ['[DONE] alone, by a server that never gives a reason', event('a') + DONE],
    ['a whole reply that was not streamed', '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}'],
    ['lines of JSON that are no events', (event('a') + FINISH + USAGE_ONLY).replaceAll('data: ', '')],
  ])('%s', (_, reply) =>
    expect(decodeText(reply)).toMatchObject({ text: 'a', outcome: { end: { finishReason: 'stop' } } }),
  )

  test.each([
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['stop', 'stop'],
    ['eos_token', 'stop'],
    ['tool_calls', 'stop'],
  ])('finish_reason %s is %s', (reason, finishReason) =>
    expect(decodeText(event('a', reason) + DONE).outcome).toMatchObject({ end: { finishReason } }),
  )

  test.each(['content_filter', 'error', 'abort'])('finish_reason %s is a cut, and its text is kept', reason =>
    expect(decodeText(event('a') + event('b', reason) + DONE)).toMatchObject({
      text: 'ab',
      outcome: { failure: { code: 'server-error', message: expect.stringContaining(reason) } },
    }),
  )

  test('llama.cpp’s times and the cached part of the prompt', () => {
    const usage = { ...USAGE, prompt_tokens_details: { cached_tokens: 0 } }
    const last = { choices: [], usage, timings: { prompt_ms: 12.5, predicted_ms: 40, predicted_n: 4 } }
    expect(decodeText(`${event('a')}${FINISH}data: ${JSON.stringify(last)}\n\n`).outcome).toEqual({
      end: {
        finishReason: 'stop',
        usage: { promptTokens: 26, cachedPromptTokens: 0, outputTokens: 4 },
        timings: { promptMs: 12.5, decodeMs: 40 },
      },
    })
  })

  test('of usage in every chunk the last one counts, and none of them is an end', () => {
    const counting = event('a').replace('{', '{"usage":{"completion_tokens":1},')
    const both = event('b', 'stop').replace('{', '{"usage":{"completion_tokens":2},')
    const early = 'data: {"choices":[],"usage":{"completion_tokens":0}}\n\n'
    expect(decodeText(early + counting + both + USAGE_ONLY)).toMatchObject({
      text: 'ab',
      outcome: { end: { usage: { outputTokens: 4 } } },
    })
  })

  test('usage: null behind it takes no count back', () => {
    const counted = FINISH.replace('{', `{"usage":${JSON.stringify(USAGE)},"timings":{"prompt_ms":5},`)
    const nulls = FINISH.replace('{', '{"usage":null,"timings":null,')
    expect(decodeText(event('a') + counted + nulls + DONE).outcome).toMatchObject({
      end: { usage: { promptTokens: 26, outputTokens: 4 }, timings: { promptMs: 5 } },
    })
  })

  test('what the server does not count, or counts in words, is absent', () => {
    const odd = `data: {"choices":[],"usage":{"prompt_tokens":"26","completion_tokens":-1,"prompt_tokens_details":5},"timings":[]}\n\n`
    for (const usage of ['', odd, 'data: {"choices":[],"usage":[]}\n\n']) {
      expect(decodeText(event('a') + FINISH + usage + DONE).outcome).toEqual({
        end: { finishReason: 'stop', usage: {}, timings: {} },
      })
    }
  })

  test('the reply is over at the usage behind the reason, without waiting for [DONE]', () => {
    const decoder = new OpenAiReplyDecoder({ givesReasons: false })
    decoder.push(utf8.encode(event('a') + FINISH))
    decoder.push(utf8.encode('data: {"choices":[],"usage":null}\n\n'))
    expect(decoder.outcome).toBeUndefined()
    decoder.push(utf8.encode(USAGE_ONLY))
    expect(decoder.outcome).toMatchObject({ end: { usage: { outputTokens: 4 } } })
  })
})

describe('an error', () => {
  const inString = JSON.stringify({ error: { code: 500, message: 'boom' } })
  test.each([
    ['a string', 'data: {"error":"boom"}', 'server-error'],
    ['an object', 'data: {"error":{"code":500,"message":"boom","type":"server_error"}}', 'server-error'],
    ['JSON inside a string', `data: ${JSON.stringify({ error: inString })}`, 'server-error'],
    ['vLLM’s object', 'data: {"object":"error","message":"boom","code":500}', 'server-error'],
    [
      'OpenRouter’s, with choices',
      'data: {"error":{"code":502,"message":"boom"},"choices":[{"delta":{"content":"x"},"finish_reason":"error"}]}',
      'server-error',
    ],
    ['event: error with JSON', 'event: error\ndata: {"message":"boom"}', 'server-error'],
    ['event: error with words', 'event: error\ndata: boom', 'server-error'],
    ['event: error whose name comes last', 'data: boom\nevent: error', 'server-error'],
    ['old llama.cpp’s line outside of any event', 'error: {"code":500,"message":"boom"}', 'server-error'],
    ['a line of JSON in place of events', '{"error":"boom"}', 'server-error'],
    ['a full server', 'data: {"error":{"code":503,"message":"boom"}}', 'overloaded'],
    [
      'a rate limit, as a string in a string',
      `data: ${JSON.stringify({ error: '{"error":{"code":"429","message":"boom"}}' })}`,
      'overloaded',
    ],
    ['a refused key', 'data: {"error":{"code":401,"message":"boom"}}', 'forbidden'],
    ['a mistake of the caller', 'data: {"object":"error","message":"boom","code":400}', 'bad-request'],
    [
      'too long a prompt',
      'data: {"error":{"code":"context_length_exceeded","message":"boom: maximum context length"}}',
      'bad-request',
    ],
  ])('%s: the text before it is kept, and nothing after it is read', (_, error, code) => {
    for (const before of ['', 'a']) {
      for (const after of [`\n\n${event('late')}${FINISH}${DONE}`, `\n\n${DONE}`, '']) {
        const { text, outcome } = decodeText(`${before && event(before)}${error}${after}`)
        expect(text).toBe(before)
        expect(outcome).toMatchObject({ failure: { code, message: expect.stringMatching(/^boom/) } })
      }
    }
  })

  test('without a word', () =>
    expect(decodeText('event: error\ndata:\n\n').outcome).toMatchObject({
      failure: { code: 'server-error', message: 'an error without a message' },
    }))

  test('never repeats the key, not even the half of it that is left at a cut', () => {
    const secret = `sk-${'k'.repeat(60)}`
    for (const reply of [
      `data: {"error":"${'x'.repeat(270)} ${secret}"}\n\n`,
      `data: {"oops ${secret}\n\n`,
      `<p>${secret}</p>\n`,
      `event: error\ndata: ${secret}\n\n`,
    ]) {
      const { outcome } = decode([utf8.encode(reply)], { givesReasons: false }, secret)
      expect(outcome).toHaveProperty('failure')
      expect(JSON.stringify(outcome)).not.toContain('kkk')
    }
  })
})

describe('a reply without its end', () => {
  test.each([
    ['no reason and no [DONE]', event('a') + event('b'), 'ab'],
    ['Ollama’s swallowed error', event('a') + event('').replace('"m"', '""'), 'a'],
    ['text whose blank line is missing too', event('a').trimEnd(), 'a'],
    ['an event that was cut before its JSON', `${event('a')}dat`, 'a'],
    ['nothing', '', ''],
    ['only comments', ':\n\n:\n\n', ''],
  ])('%s has no outcome', (_, reply, text) => expect(decodeText(reply)).toEqual({ text, outcome: undefined }))

  test('cut inside an event', () =>
    expect(decodeText(`${event('a')}data: {"choices":[{"del`)).toMatchObject({
      text: 'a',
      outcome: { failure: { code: 'truncated', line: '{"choices":[{"del' } },
    }))

  test('[DONE] alone is none, once the server has given a reason', () => {
    const habits = { givesReasons: false }
    const alone = [utf8.encode(event('a') + DONE)]
    expect(decode(alone, habits).outcome).toHaveProperty('end')
    decode([utf8.encode(event('a', ''))], habits)
    expect(decode(alone, habits).outcome).toHaveProperty('end')
    decode([utf8.encode(REPLY)], habits)
    expect(decode(alone, habits)).toMatchObject({ text: 'a', outcome: { failure: { code: 'truncated' } } })
  })
})

describe('what is no part of a reply is a protocol error, never a hole', () => {
  test.each([
    ['half an event', 'data: {"choices":[{"del', '{"choices":[{"del'],
    ['words', 'data: hello', 'hello'],
    ['words under the usual name', 'event: message\ndata: hello', 'hello'],
    ['JSON of another kind', 'data: [1,2]', '[1,2]'],
    ['content that is no text', 'data: {"choices":[{"delta":{"content":5}}]}', '{"choices":[{"delta":{"content":5}}]}'],
    ['HTML', '<html><body class="a: b">Welcome</body></html>', '<html><body class="a: b">Welcome</body></html>'],
    ['JSON that is spread over lines', '{\n  "choices": []\n}', '{'],
  ])('%s', (_, bad, line) => {
    const { text, outcome } = decodeText(`${event('a')}${bad}\n\n${event('b')}${FINISH}${DONE}`)
    expect(text).toBe('a')
    expect(outcome).toMatchObject({ failure: { code: 'protocol', line, message: expect.stringContaining(line) } })
  })

  test('HTML is never taken for an event that was cut', () =>
    expect(decodeText('<html>Sign in</html>').outcome).toMatchObject({ failure: { code: 'protocol' } }))

  test.each([
    ['line', 'x'.repeat(3_000_000)],
    ['event', `data: ${'x'.repeat(1000)}\n`.repeat(3000)],
  ])('an endless %s is given up, and an error does not carry a megabyte', (_, endless) => {
    const bytes = utf8.encode(event('a') + endless)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.subarray(i * 65_536, (i + 1) * 65_536),
    )
    const { text, outcome } = decode(pieces)
    expect(text).toBe('a')
    expect(outcome).toMatchObject({ failure: { code: 'protocol', message: expect.stringContaining('1048576') } })
    expect(JSON.stringify(decodeText(`data: ${'x'.repeat(900_000)}\n\n`)).length).toBeLessThan(5000)
  })

  test.each([
    ['LF', '\n', ''],
    ['LF after a comment', ':\n', ''],
    ['CR', ':\r', ''],
    ['CRLF', ':\r\n', ''],
    ['LF before a CR that is far', ':\n', '\r'],
  ])('many line ends are each searched for once: %s', (_, line, last) => {
    const looksAt = (lines: number) => looksPerChar(line.repeat(lines) + last + REPLY)
    const [few, many] = [looksAt(1_000), looksAt(8_000)]
    expect(few).toBeGreaterThan(1)
    expect(many).toBeLessThan(few * 1.5)
  })
})
