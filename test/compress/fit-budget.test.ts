import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnsFor, writeSection } from '../../src/compress/agent-section.ts'
import { fitBudget } from '../../src/compress/fit-budget.ts'
import { keepOrder } from '../../src/compress/keep-order.ts'

const items = fc.array(
  fc.record({
    kind: fc.constantFrom('a', 'b'),
    priority: fc.nat(3),
    data: fc.record({ hp: fc.nat(), to: fc.string() }),
  }),
  { maxLength: 12 },
)
const documents = fc
  .array(items, { minLength: 1, maxLength: 4 })
  .map(lists => ({ sections: lists.map((items, i) => ({ agentId: `agent-${i}`, self: { hp: i }, items })) }))
const length = (text: string) => text.length

test('as few are dropped as fit, the worst first; over the room only with nothing left to drop', () =>
  fc.assert(
    fc.property(documents, fc.nat(1200), (document, room) => {
      const columns = columnsFor(document.sections)
      const fitted = fitBudget(document, columns, room, length)
      const worst = keepOrder(document).reverse()
      expect(fitted.dropped).toEqual(worst.slice(0, fitted.dropped.length))
      expect(fitted.text).toBe(fitted.sections.map(section => writeSection(section, columns)).join('\n'))
      expect(fitted.tokens).toBe(fitted.text.length)
      if (fitted.dropped.length < worst.length) expect(fitted.tokens).toBeLessThanOrEqual(room)
      if (fitted.dropped.length > 0) {
        const gone = new Set(worst.slice(0, fitted.dropped.length - 1).map(({ item }) => item))
        const less = document.sections.map(section =>
          writeSection({ ...section, items: section.items.filter(item => !gone.has(item)) }, columns),
        )
        expect(less.join('\n').length).toBeGreaterThan(room)
      }
    }),
  ))

test.each([1000, 10_000, 20_000, 40_000, 60_000])(
  'few looks find out what fits into %d, though what goes first is of another size',
  room => {
    const sections = Array.from({ length: 200 }, (_, a) => ({
      agentId: `agent-${a}`,
      self: { hp: a },
      items: Array.from({ length: 20 }, (_, i) => ({
        kind: 'a',
        priority: i,
        data: { hp: (a * 7 + i) % 100, to: i < 10 ? `${a * i * 7919}` : 'a name of several words' },
      })),
    }))
    let looks = 0
    const count = (text: string) => {
      looks += 1
      return text.replace(/[a-z ]{8}/g, 'w').length
    }
    fitBudget({ sections }, columnsFor(sections), room, count)
    expect(looks).toBeLessThanOrEqual(12)
  },
)
