/**
 * What an open bracket holds. `any-…` is prose, a wrapper or a plan whose keys did not tell yet; `inner-…` is the inside of a
 * step or of a note; `string` is a document written inside a string.
 */
export type Role =
  | 'any-object'
  | 'any-list'
  | 'plan-list'
  | 'plan'
  | 'steps'
  | 'step'
  | 'inner-object'
  | 'inner-list'
  | 'string'

/** The open brackets, innermost last. What is asked for each character is a field, kept up to date by the few that change it. */
export class BracketStack {
  readonly #roles: Role[] = []
  top: Role | undefined = undefined
  /** The innermost bracket is a brace. */
  inObject = false
  /** The innermost bracket is an object whose keys matter. */
  readsKeys = false
  /** Inside a step or a note, where only brackets matter. */
  isPlain = false

  get depth(): number {
    return this.#roles.length
  }

  push(role: Role): void {
    this.#roles.push(role)
    this.#setTop(role)
  }

  pop(): void {
    this.#roles.pop()
    this.#setTop(this.#roles[this.#roles.length - 1])
  }

  /** The innermost bracket, or the one `up` levels around it, turned out to be something else. */
  turnInto(role: Role, up = 0): void {
    this.#roles[this.#roles.length - 1 - up] = role
    if (up === 0) this.#setTop(role)
  }

  /** The bracket `up` levels around the innermost one. */
  around(up: number): Role | undefined {
    return this.#roles[this.#roles.length - 1 - up]
  }

  includes(role: Role): boolean {
    return this.#roles.includes(role)
  }

  /** How many brackets lie inside the innermost one of this kind; -1 when there is none, up to the string around it. */
  insidePartner(braces: boolean): number {
    for (let up = 0; up < this.#roles.length; up++) {
      const role = this.around(up)
      if (role === undefined || role === 'string') return -1
      if (isObject(role) === braces) return up
    }
    return -1
  }

  #setTop(role: Role | undefined): void {
    this.top = role
    this.inObject = role !== undefined && isObject(role)
    this.readsKeys = role === 'plan' || role === 'any-object'
    this.isPlain = role === 'step' || role === 'inner-object' || role === 'inner-list'
  }
}

export function isObject(role: Role): boolean {
  return role === 'step' || role === 'inner-object' || role === 'plan' || role === 'any-object'
}
