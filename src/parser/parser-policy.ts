import type { AnswerForm } from '../plan.ts'

/** How much of a reply is read before it is given up. Each one that is hit ends in `rejected` with the code 'limit'. */
export interface ParserLimits {
  /** Characters of the whole reply. @defaultValue 1_000_000 */
  readonly replyChars: number
  /** Characters of one plan, from its opening to its closing brace. @defaultValue 64_000 */
  readonly elementChars: number
  /** Brackets open at the same time. A step of the asked-for shape stands at depth 5. @defaultValue 32 */
  readonly depth: number
  /** Steps of one plan. @defaultValue 64 */
  readonly steps: number
  /** White space in a row, outside strings: some servers write nothing else once they are stuck. @defaultValue 2_000 */
  readonly whitespaceRun: number
}

export const DEFAULT_LIMITS: ParserLimits = {
  replyChars: 1_000_000,
  elementChars: 64_000,
  depth: 32,
  steps: 64,
  whitespaceRun: 2_000,
}

export interface ParserPolicy {
  /** A step that fails its schema or `valid`: keep the steps before it, refuse the plan, or leave the step out. @defaultValue 'truncate' */
  readonly onIllegalStep?: 'truncate' | 'reject' | 'skip'
  /**
   * What was asked for. With `compact`, a line for each plan, `guard-7: MoveTo(3,4) Wait(2)`, of less than half the tokens; it has
   * no notes and no text fields. JSON is read as well, unless `strict`. An executor takes this from its compressor.
   * @defaultValue 'json'
   */
  readonly answer?: AnswerForm
  /** `"3"` for 3, `run` for `Run`: accepted and reported. @defaultValue false */
  readonly coerce?: boolean
  /** Nothing repaired, and no shape but the one that was asked for. Text around it is still passed over. @defaultValue false */
  readonly strict?: boolean
  /** String fields of a plan whose text is passed on while it is being written. @defaultValue none */
  readonly textFields?: readonly string[]
  /**
   * Tell each scalar of a plan that is still open, in `field` events. It costs several times what reading the plans does, and
   * needs a global `Buffer`: a browser has to load a polyfill. An executor has no event for them. @defaultValue false
   */
  readonly fields?: boolean
  readonly limits?: Partial<ParserLimits>
}
