import { expect, test } from 'vitest'
import { SlotPool } from '../../../src/llm/llama-cpp/slot-pool.ts'
import { ManualClock } from '../../../src/testing/manual-clock.ts'

/** A pool of numbers, and jobs that end when they are told to. */
function setUp(size: number) {
  const clock = new ManualClock()
  const room = { left: size, opened: 0 }
  const pool = new SlotPool(() => {
    if (room.left === 0) return undefined
    room.left--
    room.opened++
    return room.opened
  }, clock)
  const log: string[] = []
  const run = (name: string, signal = new AbortController().signal) => {
    let end = () => {}
    const ended = new Promise<void>(resolve => {
      end = resolve
    })
    const result = pool.use(signal, async slot => {
      log.push(`${name} on ${slot}`)
      await ended
      return name
    })
    return { end, result }
  }
  return { pool, clock, room, log, run }
}

const settled = () => new ManualClock().advanceAsync(0)

test('slots are opened as they are needed, and the warmest is used first', async () => {
  const { log, room, run } = setUp(3)
  const [a, b] = [run('a'), run('b')]
  await settled()
  expect(room.opened).toBe(2)
  a.end()
  await a.result
  b.end()
  await b.result
  const c = run('c')
  c.end()
  await c.result
  expect(log).toEqual(['a on 1', 'b on 2', 'c on 2'])
  expect(room.opened).toBe(2)
})

test('jobs that wait are served in the order they came, whoever leaves the line', async () => {
  const { pool, log, run } = setUp(1)
  const leaving = new AbortController()
  const [a, b, c, d] = [run('a'), run('b'), run('c', leaving.signal), run('d')]
  for (const job of [a, b, d]) job.end()
  leaving.abort('changed my mind')
  await expect(c.result).rejects.toBe('changed my mind')
  await Promise.all([a.result, b.result, d.result])
  expect(log).toEqual(['a on 1', 'b on 1', 'd on 1'])
  expect(pool.load).toEqual({ busy: 0, waiting: 0 })
})

test.each([
  [
    'before it waits',
    (controller: AbortController, start: () => Promise<unknown>) => {
      controller.abort('why')
      return start()
    },
  ],
  [
    'in the turn in which it gets its slot',
    (controller: AbortController, start: () => Promise<unknown>) => {
      const result = start()
      controller.abort('why')
      return result
    },
  ],
])('a job that is aborted %s does not run', async (_, abort) => {
  const { pool, log, run } = setUp(1)
  const controller = new AbortController()
  await expect(abort(controller, () => run('a', controller.signal).result)).rejects.toBe('why')
  expect([log, pool.load]).toEqual([[], { busy: 0, waiting: 0 }])
})

test('a job that fails gives its slot back', async () => {
  const { pool } = setUp(1)
  const { signal } = new AbortController()
  await expect(pool.use(signal, () => Promise.reject('broken'))).rejects.toBe('broken')
  expect(await pool.use(signal, async slot => slot)).toBe(1)
})

test('while every slot is somebody else’s it asks again, and not when nobody waits', async () => {
  const { clock, room, run } = setUp(0)
  const [a, b] = [run('a'), run('b')]
  await clock.advanceAsync(100)
  room.left = 1
  await clock.advanceAsync(20)
  a.end()
  b.end()
  expect(await Promise.all([a.result, b.result])).toEqual(['a', 'b'])
  expect(clock.pending).toBe(0)
})

test('a pool that is closed fails what waits at once, and resolves when nothing runs', async () => {
  const { pool, run } = setUp(1)
  const [a, b] = [run('a'), run('b')]
  let closed = false
  const closing = pool.close('over').then(slots => {
    closed = true
    return slots
  })
  await expect(b.result).rejects.toBe('over')
  await expect(run('c').result).rejects.toBe('over')
  await settled()
  expect(closed).toBe(false)
  a.end()
  expect(await closing).toEqual([1])
  expect(await a.result).toBe('a')
})
