import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OllamaReplyDecoder } from '../../src/llm/ollama-reply-decoder.ts'
import { doneLine, line } from './wire-server.ts'

const utf8 = new TextEncoder()

function decode(pieces: readonly Uint8Array[]) {
  const decoder = new OllamaReplyDecoder()
  let text = ''
  for (const piece of pieces) text += decoder.push(piece)
  text += decoder.close()
  return { text, outcome: decoder.outcome }
}

const decodeText = (reply: string) => decode([utf8.encode(reply)])

const REPORT = {
  done_reason: 'stop',
  total_duration: 88957082,
  load_duration: 2797921,
  prompt_eval_count: 26,
  prompt_eval_duration: 50000000,
  eval_count: 4,
  eval_duration: 30000000,
}

describe('every cut of the bytes gives the same reply', () => {
  const replies = [
    ['Ollama’s own lines', line('a 😀') + line('<tool_call>é\u2028') + line('') + doneLine(REPORT)],
    ['CRLF', line('a 😀').replace('\n', '\r\n') + line('b').replace('\n', '\r\n') + doneLine(REPORT)],
    ['blank lines and a BOM', `\uFEFF\n${line('a 😀')}\r\n\n${line('b')}${doneLine(REPORT)}\n`],
    ['a last line without its end', line('a 😀') + line('b') + doneLine(REPORT).trimEnd()],
    ['data after done', line('a 😀') + line('b') + doneLine(REPORT) + line('c') + doneLine({ done_reason: 'length' })],
  ] as const
  test.each(replies)('%s', (_, reply) => {
    const bytes = utf8.encode(reply)
    const whole = decode([bytes])
    expect(whole.text).toMatch(/^a 😀/u)
    expect(whole.text).not.toContain('c\n')
    expect(whole.outcome).toMatchObject({ end: { finishReason: 'stop', usage: { outputTokens: 4 } } })
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole)
    }
    expect(decode(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(whole)
  })

  test('a line that a server’s 4096-byte buffer cut in two', () => {
    const bytes = utf8.encode(line('é'.repeat(5000)) + doneLine())
    expect(decode([bytes.subarray(0, 4096), bytes.subarray(4096)]).text).toBe('é'.repeat(5000))
  })
})

describe('the end', () => {
  test('figures in nanoseconds become milliseconds, and waiting for a slot is what they leave', () => {
    expect(decodeText(doneLine(REPORT)).outcome).toEqual({
      end: {
        finishReason: 'stop',
        usage: { promptTokens: 26, outputTokens: 4 },
        timings: { loadMs: 2.797921, promptMs: 50, decodeMs: 30, queueMs: expect.closeTo(6.159161, 6) },
      },
    })
  })

  test('what the server does not say is absent, never 0', () =>
    expect(decodeText(doneLine()).outcome).toEqual({ end: { finishReason: 'stop', usage: {}, timings: {} } }))

  test.each([
    ['length', { done_reason: 'length' }, 'length'],
    ['a server that gives no reason', {}, 'stop'],
    ['an empty reason', { done_reason: '' }, 'stop'],
    ['a reason that is no string', { done_reason: 5 }, 'stop'],
  ])('%s', (_, report, finishReason) =>
    expect(decodeText(doneLine(report)).outcome).toMatchObject({ end: { finishReason } }),
  )

  test('the cached part of the prompt, when the server counts it', () =>
    expect(decodeText(doneLine({ prompt_eval_count: 9, prompt_eval_cached_count: 0 })).outcome).toMatchObject({
      end: { usage: { promptTokens: 9, cachedPromptTokens: 0 } },
    }))

  test('figures that contradict each other never give a negative wait', () =>
    expect(decodeText(doneLine({ ...REPORT, total_duration: 1 })).outcome).toMatchObject({
      end: { timings: { queueMs: 0 } },
    }))

  test('figures that are no figures count as absent', () =>
    expect(decodeText(doneLine({ ...REPORT, eval_count: '4', eval_duration: -1 })).outcome).toEqual({
      end: { finishReason: 'stop', usage: { promptTokens: 26 }, timings: { loadMs: 2.797921, promptMs: 50 } },
    }))
})

describe('an error line', () => {
  const engine = JSON.stringify({ error: { code: 500, message: 'CUDA error' } })
  test.each([
    [
      'a string',
      { error: 'an error was encountered while running the model: GGML_ASSERT' },
      'server-error',
      'GGML_ASSERT',
    ],
    ['an object', { error: { message: 'CUDA error', type: 'api_error' } }, 'server-error', 'CUDA error'],
    ['JSON inside a string', { error: engine }, 'server-error', 'CUDA error'],
    ['a mistake of the caller', { error: 'invalid format: "yaml"' }, 'bad-request', 'invalid format'],
  ])('%s: the text before it is kept', (_, error, code, words) => {
    const errorLine = JSON.stringify(error)
    for (const before of ['', 'a']) {
      const { text, outcome } = decodeText(`${before && line(before)}${errorLine}\n${line('late')}`)
      expect(text).toBe(before)
      expect(outcome).toMatchObject({ failure: { code, message: expect.stringContaining(words), line: errorLine } })
    }
  })

  test.each([null, ''])('error: %j is none', error => {
    const reply = line('a').replace('{', `{"error":${JSON.stringify(error)},`)
    expect(decodeText(reply + doneLine())).toMatchObject({ text: 'a', outcome: { end: {} } })
  })
})

describe('a line that is no part of a reply is a protocol error, never a hole', () => {
  test.each([
    ['half a line', '{"model":"m","message":{"role":"assi'],
    ['HTML', '<html><body>Welcome</body></html>'],
    ['JSON of another kind', '[1,2]'],
    ['an object without done', '{"status":"pulling manifest"}'],
    ['text that is no text', '{"message":{"content":5},"done":false}'],
    ['done that is no boolean', '{"message":{"content":"x"},"done":"yes"}'],
  ])('%s', (_, bad) => {
    const { text, outcome } = decodeText(`${line('a')}${bad}\n${line('b')}${doneLine()}`)
    expect(text).toBe('a')
    expect(outcome).toMatchObject({ failure: { code: 'protocol', line: bad } })
  })

  test('at the very end it was cut instead', () =>
    expect(decodeText(`${line('a')}{"model":"m","mess`)).toMatchObject({
      text: 'a',
      outcome: { failure: { code: 'truncated', line: '{"model":"m","mess' } },
    }))

  test('an endless line is given up, and an error does not carry a megabyte', () => {
    const endless = decodeText(`${line('a')}${'x'.repeat(3_000_000)}`)
    expect(endless).toMatchObject({ text: 'a', outcome: { failure: { code: 'protocol' } } })
    const { outcome } = decodeText(`${'x'.repeat(900_000)}\n`)
    expect(JSON.stringify(outcome).length).toBeLessThan(5000)
  })
})

test('lines without text, of thinking models or tools, are not an end', () => {
  const other = '{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false,"extra":{"a":1}}\n'
  const none = '{"message":{"role":"assistant","content":null},"done":false}\n{"done":false}\n'
  expect(decodeText(other + none + line('a') + doneLine())).toMatchObject({ text: 'a', outcome: { end: {} } })
})

test('a reply that stops without an end has no outcome', () =>
  expect(decodeText(line('a') + line('b'))).toEqual({ text: 'ab', outcome: undefined }))

describe('the pattern for the usual line reads what JSON.parse reads', () => {
  const usual = (model: string, text: string) =>
    `{"model":${JSON.stringify(model)},"created_at":"T","message":{"role":"assistant","content":${JSON.stringify(text)}},"done":false}\n`

  test('whatever the text is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', '}', '😀', 'a') }),
    )
    fc.assert(
      fc.property(fc.string(), text, (model, text) => {
        const whole = text.toWellFormed()
        // Another key keeps a line from being the usual one.
        const unusual = usual(model, whole).replace('{"model"', '{"extra":1,"model"')
        expect(decodeText(usual(model, whole) + unusual)).toEqual({ text: whole + whole, outcome: undefined })
      }),
    )
  })

  test.each([
    ['a wrong escape', usual('m', 'a').replace('"a"', '"\\x"')],
    ['a raw control character', usual('m', 'a').replace('"a"', '"\t"')],
    ['a control character in the name', usual('m', 'a').replace('"m"', '"\u0001"')],
    ['an escape cut short', usual('m', 'a').replace('"a"', '"\\u00"')],
  ])('%s is no JSON, and not taken for text', (_, line) =>
    expect(decodeText(line)).toMatchObject({ text: '', outcome: { failure: { code: 'protocol' } } }),
  )

  test('a text of a megabyte is read too', () => {
    const long = '"'.repeat(500_000)
    expect(decodeText(usual('m', long)).text).toBe(long)
  })
})
