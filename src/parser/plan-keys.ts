import { appended } from './appended.ts'
import type { BracketStack } from './bracket-stack.ts'
import { isAgentKey } from './is-agent-key.ts'
import type { OpenObject } from './open-object.ts'
import type { OpenText } from './open-text.ts'
import type { OutlineSink } from './outline-sink.ts'
import { nameOf } from './written-name.ts'

/** The key that was read last in an object whose keys matter, and what its value says: who a plan is for, or a text to pass on. */
export class PlanKeys {
  readonly #brackets: BracketStack
  readonly #text: OpenText
  readonly #sink: OutlineSink
  readonly #strict: boolean
  readonly #textFields: ReadonlySet<string>
  readonly #becomePlan: (object: OpenObject) => void
  #key: string | undefined
  #written: string | undefined
  #quoted = false
  #field = ''
  /** The value says who the plan is for, or is a text field that has to wait for that. */
  wantsValue = false

  /** `becomePlan` is told of the innermost object, once its keys show what it is. */
  constructor(
    brackets: BracketStack,
    text: OpenText,
    sink: OutlineSink,
    options: { readonly strict: boolean; readonly textFields: ReadonlySet<string> },
    becomePlan: (object: OpenObject) => void,
  ) {
    this.#brackets = brackets
    this.#text = text
    this.#sink = sink
    this.#strict = options.strict
    this.#textFields = options.textFields
    this.#becomePlan = becomePlan
  }

  /** A string that starts now may hold a whole document: the arguments of a tool call. */
  get holdsDocument(): boolean {
    return (
      this.#brackets.top === 'any-object' &&
      (this.#key === 'arguments' || this.#key === 'parameters') &&
      !this.#strict &&
      !this.#brackets.includes('string')
    )
  }

  /** A value string starts: is it a text field of the open plan? */
  startsText(at: number): boolean {
    if (this.#key === undefined || this.#brackets.top !== 'plan' || !this.#isText(this.#key)) return false
    this.#text.flush(at)
    this.#field = this.#key
    return true
  }

  tellText(escaped: string, last: boolean): void {
    this.#sink.text(this.#field, escaped, last)
  }

  setKey(key: string): void {
    const { object } = this.#text
    object.keys++
    this.#key = key
    this.#written = undefined
    this.wantsValue = isAgentKey(key) || (this.#brackets.top === 'any-object' && this.#isText(key))
    if (this.#brackets.top === 'any-object' && key === 'act') object.hasAct = true
    if (object.hasSteps && key === 'steps') this.#text.note('left out a second list of steps')
  }

  /** The value that was wanted, or a bare word: as it was written, without its quotes. */
  setValue(written: string, quoted: boolean): void {
    this.#written = written
    this.#quoted = quoted
  }

  /** A value ends. */
  endValue(at: number): void {
    const key = this.#key
    if (key === undefined) return
    const written = this.#written
    const quoted = this.#quoted
    const wanted = this.wantsValue
    this.forget()
    if (written === undefined || !wanted) return
    this.#text.flush(at)
    const { object } = this.#text
    if (object.wrapper) return
    if (!isAgentKey(key)) {
      if (quoted) object.texts = appended(object.texts, [key, written])
      return
    }
    const name = nameOf(written, quoted)
    if (name === undefined) return
    if (this.#brackets.top === 'plan') this.#sink.named(key, name, quoted)
    else {
      object.names = appended(object.names, { key, name, quoted })
      // An id alone may be anything: that of a tool call, for one.
      if (key !== 'id' && !object.hasAct) this.#becomePlan(object)
    }
  }

  /** The key whose value a bracket opens, which is then forgotten. */
  take(): string | undefined {
    const key = this.#key
    this.forget()
    return key
  }

  forget(): void {
    if (this.#key === undefined) return
    this.#key = undefined
    this.#written = undefined
    this.wantsValue = false
  }

  /** Most games name no text fields, and then no key is looked up. */
  #isText(key: string): boolean {
    return this.#textFields.size > 0 && this.#textFields.has(key)
  }
}
