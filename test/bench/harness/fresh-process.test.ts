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

const rows = (...values: number[]) =>
  values.map((value, i) => ({ bench: 'parser', case: `case ${i}`, metric: 'time', unit: '×', value }))

test('each row has the median of its own figures, the least and the most', () => {
  const [first, second] = rows(2, 9)
  expect(mediansOf([rows(1, 9), rows(3, 7), rows(2, 30)])).toEqual([
    { ...first, range: [1, 3] },
    { ...second, range: [7, 30] },
  ])
})

test.each([
  ['a row less', rows(1)],
  ['a row more', rows(1, 2, 3)],
  ['another order', rows(1, 2).reverse()],
  ['no figure', rows(1, Number.NaN)],
  ['another floor', rows(1, 2).map(row => ({ ...row, ratioTo: 'another' }))],
])('runs that do not give the same rows have no median: %s', (_, run) => {
  expect(() => mediansOf([rows(1, 2), run])).toThrow(/do not agree about case [01], time/)
  expect(() => mediansOf([run, rows(1, 2)])).toThrow(RangeError)
})
