import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Place, SlotQueue } from '../../src/llm/slot-queue.ts'

function queueOf(slots: number, maxQueued = 100) {
  const queue = new SlotQueue(slots, maxQueued)
  const seen: string[] = []
  const enter = (name: string, priority = 0): Place =>
    queue.enter(
      priority,
      () => seen.push(name),
      () => seen.push(`${name} out`),
    )
  return { queue, seen, enter }
}

test('who finds a slot is in; the others come by priority, then in the order in which they came', () => {
  const { seen, enter } = queueOf(2)
  const [a, b] = [enter('a'), enter('b')]
  for (const [name, priority] of [
    ['c', 0],
    ['d', 5],
    ['e', 0],
    ['f', 5],
    ['g', -1],
  ] as const)
    enter(name, priority)
  expect(seen).toEqual(['a', 'b'])
  a.leave()
  b.leave()
  expect(seen).toEqual(['a', 'b', 'd', 'f'])
})

test('a slot is given back once, and whoever waits can leave', () => {
  const { queue, seen, enter } = queueOf(1)
  const a = enter('a')
  const b = enter('b')
  enter('c')
  b.leave()
  expect(queue.queued).toBe(1)
  a.leave()
  a.leave()
  enter('d')
  expect(seen).toEqual(['a', 'c'])
  expect(queue.queued).toBe(1)
})

test('a full queue refuses the newcomer, or the last in it when the newcomer matters more', () => {
  const { seen, enter } = queueOf(1, 2)
  const a = enter('a')
  enter('b', 1)
  enter('c', 0)
  enter('d', 0)
  expect(seen).toEqual(['a', 'd out'])
  enter('e', 2)
  expect(seen).toEqual(['a', 'd out', 'c out'])
  a.leave()
  expect(seen.at(-1)).toBe('e')
})

test('never more in than slots, never more waiting than room, no slot lost, and everyone hears exactly one thing', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.oneof(fc.record({ enter: fc.integer({ min: 0, max: 3 }) }), fc.record({ leave: fc.nat(30) })), {
        maxLength: 100,
      }),
      (slots, maxQueued, acts) => {
        const queue = new SlotQueue(slots, maxQueued)
        const heard: number[] = []
        const inside = new Set<number>()
        const places: Place[] = []
        for (const act of acts) {
          if ('leave' in act) {
            const index = places.length === 0 ? 0 : act.leave % places.length
            places[index]?.leave()
            inside.delete(index)
          } else {
            const index = places.length
            const hear = () => {
              heard[index] = (heard[index] ?? 0) + 1
            }
            places.push(
              queue.enter(
                act.enter,
                () => {
                  hear()
                  inside.add(index)
                },
                hear,
              ),
            )
          }
          expect(inside.size).toBeLessThanOrEqual(slots)
          expect(queue.queued).toBeLessThanOrEqual(maxQueued)
          if (queue.queued > 0) expect(inside.size).toBe(slots)
        }
        for (const place of places) place.leave()
        expect(queue.queued).toBe(0)
        expect(Math.max(0, ...heard.filter(Boolean))).toBeLessThanOrEqual(1)
        let admitted = 0
        for (let i = 0; i < slots; i++)
          queue.enter(
            0,
            () => admitted++,
            () => {},
          )
        expect(admitted).toBe(slots)
      },
    ),
  ))
