import { expect, test } from 'vitest'
import { excerptOf, withoutSecret } from '../../src/llm/failure.ts'

test.each([
  ['words, as they are', 'model not found', 'model not found'],
  ['a page, on one line', '<html>\n  <b>502</b>\r\n</html>\n', '<html> <b>502</b> </html>'],
  ['what a terminal would obey, left out', 'busy\u001b[2J\u0007\u009b31m\u202e', 'busy [2J 31m'],
  ['nothing', ' \n', ''],
])('%s', (_, text, expected) => expect(excerptOf(text)).toBe(expected))

test('a long text is cut', () => expect(excerptOf('x'.repeat(5000), 100)).toBe(`${'x'.repeat(100)}…`))

test.each([
  ['refused key abc, abc', 'abc', 'refused key [key], [key]'],
  ['{"error":"a\\/b\\u002B= and \\u0061/b+="}', 'a/b+=', '{"error":"[key] and [key]"}'],
  ['refused (x.y) and xzy', 'x.y', 'refused ([key]) and xzy'],
  ['refused', undefined, 'refused'],
  ['refused', '', 'refused'],
])('%s without the secret %s', (text, secret, clean) => expect(withoutSecret(text, secret)).toBe(clean))
