import { expect, test } from 'vitest'
import { type AgentSection, KeptSection, writeSection } from '../../src/compress/agent-section.ts'
import { untrusted } from '../../src/compress/untrusted.ts'

/** A list, and how often anything of it was read. */
function watchedWalls() {
  let count = 0
  const walls = new Proxy([1, 2], {
    get: (target, key) => {
      count += 1
      return Reflect.get(target, key)
    },
  })
  return { walls, reads: () => count }
}

test('state, world, goal and orders have a line each; items of one kind share one', () =>
  expect(
    writeSection({
      agentId: 'guard 7',
      self: { hp: 3 },
      shared: { door: 'open' },
      objective: 'hold the gate',
      instructions: 'stay\nclose',
      items: [
        { kind: 'enemies', id: 'orc', data: { hp: 1 } },
        { kind: 'ally', data: 'smith' },
        { kind: 'enemies', id: 'rat', data: { hp: 2 } },
        { kind: 'ally', id: 'cook', data: 4 },
      ],
    }),
  ).toBe(`Agent "guard 7": {hp:3}
 world: {door:open}
 goal: "hold the gate"
 orders: "stay\\nclose"
 enemies: [hp,id|1,orc|2,rat]
 ally: [smith,[cook,4]]`))

test('what is not there takes no line', () =>
  expect(writeSection({ agentId: 'a', self: null, items: [] })).toBe('Agent "a": null'))

test('player-written text keeps the id of its item', () =>
  expect(
    writeSection({ agentId: 'a', self: null, items: [{ kind: 'sign', id: 'gate', data: untrusted('go away') }] }),
  ).toBe('Agent "a": null\n sign: [[gate,⟦go away⟧]]'))

test('what is an agent’s own is kept when only the shared world changed, and not when it has a world of its own', () => {
  const make = (door: string) => new KeptSection({ agentId: 'a', self: { hp: 1 }, shared: { door }, items: [] })
  const [before, now, apart] = [make('open'), make('shut'), make('ajar')]
  const own = before.own({ shared: false, objective: true })
  now.takeOwn(before)
  expect(now.own({ shared: false, objective: true })).toBe(own)
  expect(now.own({ shared: true, objective: true })).toBe(now)
  expect(apart.own({ shared: false, objective: true })).not.toBe(own)
})

test('what a field of the state was written as is kept while the field is the very same, in whichever form the section is told', () => {
  const { walls, reads } = watchedWalls()
  const make = (hp: number) =>
    new KeptSection({ agentId: 'a', self: { hp, walls }, shared: { door: hp }, objective: 'hold', items: [] })
  const own = (section: KeptSection) => section.own({ shared: false, objective: true })
  const renamed = (section: KeptSection) => section.inPlace({ ...section, agentId: 'b' })
  const forms: [string, (section: KeptSection) => AgentSection][] = [
    [' world: {door:1}\n goal: hold', section => section],
    [' goal: hold', own],
  ]
  for (const [rest, form] of forms) {
    const first = make(1)
    expect(writeSection(form(first))).toBe(`Agent "a": {hp:1,walls:[1,2]}\n${rest}`)
    const readOnce = reads()
    const second = make(2)
    second.takeFields(first)
    expect(writeSection(form(second))).toBe(`Agent "a": {hp:2,walls:[1,2]}\n${rest.replace('1', '2')}`)
    expect(reads()).toBe(readOnce)
  }
  const first = make(1)
  first.notes.renamed = { aliasById: new Map(), section: renamed(first) }
  expect(writeSection(first.notes.renamed.section)).toContain('Agent "b": {hp:1,walls:[1,2]}')
  const readOnce = reads()
  const second = make(2)
  second.takeFields(first)
  expect(writeSection(renamed(second))).toContain('Agent "b": {hp:2,walls:[1,2]}')
  expect(reads()).toBe(readOnce)
})

test('what was written of a section is kept once it was told again; before, only what its fields were written as', () => {
  const { walls, reads } = watchedWalls()
  const section = new KeptSection({ agentId: 'a', self: { walls }, shared: { door: 1 }, items: [] })
  const own = () => section.own({ shared: false, objective: false })
  const first = own()
  const text = writeSection(first)
  const readOnce = reads()
  section.forgetUnlessToldAgain()
  const second = own()
  expect(second).not.toBe(first)
  expect(writeSection(second)).toBe(text)
  expect(reads()).toBe(readOnce)
  section.noteToldAgain()
  section.forgetUnlessToldAgain()
  expect(own()).toBe(second)

  const now = new KeptSection({ agentId: 'a', self: { walls }, shared: { door: 2 }, items: [] })
  now.takeOwn(section)
  now.forgetUnlessToldAgain()
  expect(now.own({ shared: false, objective: false })).toBe(second)
})

test('what is an agent’s own is not written anew when only the shared world changed, though the section before was told once', () => {
  const { walls, reads } = watchedWalls()
  const make = (door: number) => new KeptSection({ agentId: 'a', self: { walls }, shared: { door }, items: [] })
  const [before, now] = [make(1), make(2)]
  const text = writeSection(before.own({ shared: false, objective: false }))
  before.forgetUnlessToldAgain()
  const readOnce = reads()
  now.takeOwn(before)
  expect(writeSection(now.own({ shared: false, objective: false }))).toBe(text)
  expect(reads()).toBe(readOnce)
})
