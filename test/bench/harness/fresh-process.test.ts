import { expect, test } from 'vitest'
import { inFreshProcess, mediansOf } from '../../../bench/harness/fresh-process.ts'

const PROCESS = new URL('data:text/javascript,export const idOf = ({ name }) => [name, process.pid]')
const FAULTY = new URL('data:text/javascript,export const idOf = () => { throw new Error("no figure") }')

test('each call has a process of its own', () => {
  const pids = ['a', 'b'].map(name => {
    const [given, pid] = inFreshProcess<[string, number]>(PROCESS, 'idOf', { name })
    expect(given).toBe(name)
    return pid
  })
  expect(new Set([...pids, process.pid]).size).toBe(3)
})

test('what throws there, throws here', () => {
  expect(() => inFreshProcess(FAULTY, 'idOf', null)).toThrow(/no figure/)
})

test('each row has the median of its own figures', () => {
  const rows = (...values: number[]) =>
    values.map((value, i) => ({ bench: 'parser', case: `case ${i}`, metric: 'time', unit: '×', value }))
  expect(mediansOf([rows(1, 9), rows(3, 7), rows(2, 30)])).toEqual(rows(2, 9))
})
