import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RepeatGuard, replyTokens, StopFilter } from '../../../src/testing/ollama/token-stream.ts'

test('the tokens of a reply, joined, are the reply', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void expect(replyTokens(text).join('')).toBe(text)))
})

test('what passes the filter is the text up to the first stop string, however it is cut', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c') })
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
    maxLength: 3,
  })
  fc.assert(
    fc.property(fc.array(letters), stops, (pieces, list) => {
      const whole = pieces.join('')
      const ends = list.map(stop => whole.indexOf(stop)).filter(at => at >= 0)
      const filter = new StopFilter(list)
      let out = ''
      let stopped = false
      for (const piece of pieces) {
        const passed = filter.push(piece)
        out += passed.text
        stopped = passed.stopped
        if (stopped) break
      }
      if (!stopped) return void expect(out + filter.flush()).toBe(whole)
      // The stop string that is complete first ends the text, even if a longer one began before it.
      expect(list.some(stop => whole.startsWith(stop, out.length))).toBe(true)
      expect(out.length).toBeGreaterThanOrEqual(Math.min(...ends))
    }),
  )
})

test('an empty stop string stops nothing', () => {
  expect(new StopFilter(['']).push('x')).toEqual({ text: 'x', stopped: false })
})

test.each([
  ['the same word', Array.from({ length: 40 }, () => 'x'), 31],
  ['nothing but blanks', Array.from({ length: 40 }, (_, i) => ' \n'.charAt(i % 2)), 30],
  ['a word, with and without blanks', Array.from({ length: 40 }, (_, i) => (i % 2 ? ' x' : 'x')), 31],
  ['two words in turn', Array.from({ length: 40 }, (_, i) => (i % 2 ? 'x' : 'y')), 40],
])('the guard lets so many pieces pass: %s', (_, pieces, passed) => {
  const guard = new RepeatGuard(30)
  const refused = pieces.findIndex(piece => guard.refuses(piece))
  expect(refused === -1 ? pieces.length : refused).toBe(passed)
})
