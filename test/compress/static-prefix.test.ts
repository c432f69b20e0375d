import { expect, test } from 'vitest'
import { writeStaticPrefix } from '../../src/compress/static-prefix.ts'

test.each(['', 'Guards never leave the gate.\n'])('the actions come last, after the rules: %j', rules => {
  const prefix = writeStaticPrefix('Wait(seconds:number)', rules)
  expect(prefix.endsWith(`${rules}Actions:\nWait(seconds:number)\n`)).toBe(true)
})

test('the answer that it asks for is JSON in the order in which steps can be released', () => {
  const example = writeStaticPrefix('').split('\n')[1] ?? ''
  const answer: unknown = JSON.parse(example.replace('VALUE', '0'))
  expect(JSON.stringify(answer)).toBe('{"plans":[{"agent":"ID","steps":[{"act":"ACTION","ARGUMENT":0}]}]}')
})

test('a compact answer is asked for in its own words, and all else is the same', () => {
  const [json, compact] = [writeStaticPrefix('Wait()'), writeStaticPrefix('Wait()', '', {}, 'compact')]
  expect(compact).toContain('\nID: ACTION(VALUE,VALUE) ACTION(VALUE)\n')
  expect(compact).not.toContain('JSON')
  expect(compact.split('\n').slice(-5)).toEqual(json.split('\n').slice(-5))
})
