/**
 * What an open bracket holds. `any-…` is prose, a wrapper or a plan whose keys did not tell yet; `inner-…` is the inside of a
 * step or of a note; `string` is a document written inside a string; `outside` stands for none, as a word like the others, because
 * to compare words with each other is one look, and with nothing it is a call.
 */
export type Role =
  | 'outside'
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
  /** The place of a bracket is its depth. Those beyond are left over, because to take one off a list is a call. */
  readonly #roles: Role[] = ['outside']
  depth = 0
  top: Role = 'outside'
  /** The innermost bracket is a brace. */
  inObject = false
  /** The innermost bracket is an object whose keys matter. */
  readsKeys = false
  /** Inside a step or a note, where only brackets matter. */
  isPlain = false

  push(role: Role): void {
    this.#roles[++this.depth] = role
    this.#setTop(role)
  }

  pop(): void {
    this.depth--
    this.#setTop(this.around(0))
  }

  /** The innermost bracket, or the one `up` levels around it, turned out to be something else. */
  turnInto(role: Role, up = 0): void {
    this.#roles[this.depth - up] = role
    if (up === 0) this.#setTop(role)
  }

  /** The bracket `up` levels around the innermost one. */
  around(up: number): Role {
    return this.#roles[this.depth - up] ?? 'outside'
  }

  includes(role: Role): boolean {
    for (let up = 0; up < this.depth; up++) if (this.around(up) === role) return true
    return false
  }

  /** How many brackets lie inside the innermost one of this kind; -1 when there is none, up to the string around it. */
  insidePartner(braces: boolean): number {
    for (let up = 0; up < this.depth; up++) {
      const role = this.around(up)
      if (role === 'string') return -1
      if (isObject(role) === braces) return up
    }
    return -1
  }

  #setTop(role: Role): void {
    this.top = role
    this.inObject = isObject(role)
    this.readsKeys = role === 'plan' || role === 'any-object'
    this.isPlain = role === 'step' || role === 'inner-object' || role === 'inner-list'
  }
}

export function isObject(role: Role): boolean {
  return role === 'step' || role === 'inner-object' || role === 'plan' || role === 'any-object'
}
