import type { AnyStep } from '../plan.ts'
import { CallReader } from './call-reader.ts'
import { Capture } from './capture.ts'
import { FieldCapture } from './field-capture.ts'
import { FieldReader } from './field-reader.ts'
import { DEFAULT_LIMITS, type ParserLimits } from './parser-policy.ts'
import type { PlanEvent } from './plan-event.ts'
import { PlanOutline } from './plan-outline.ts'
import type { PlanParserOptions } from './plan-parser-options.ts'
import { PlanReporter } from './plan-reporter.ts'
import { ReplyScanner } from './reply-scanner.ts'
import { stepShapesOf } from './step-shapes.ts'

const NO_EVENTS: readonly never[] = []

/**
 * Reads one reply as it arrives, and says which steps and plans each piece of it completes: in the `push` that carries their
 * closing brace, in the order written, the same events however the text is cut (`text` deltas once joined).
 */
export class PlanParser<const S extends AnyStep, W extends object> {
  readonly #limits: ParserLimits
  readonly #reporter: PlanReporter<S, W>
  readonly #outline: PlanOutline
  readonly #scanner: ReplyScanner
  /** Only with the option `answer: 'compact'`. */
  readonly #calls: CallReader | undefined
  /** Only with the option `fields`. */
  readonly #shown: FieldCapture | undefined
  #ended = false

  /** @throws RangeError for a limit that is no positive number; Error for `fields` where there is no `Buffer`. */
  constructor(options: PlanParserOptions<S, W>) {
    const limits = options.limits ? checkedLimits(options.limits) : DEFAULT_LIMITS
    this.#limits = limits
    const { strict = false, textFields = [] } = options
    const { depth } = limits
    const onLimit = (limit: keyof ParserLimits, at: number) => this.#hit(limit, at)
    const fields = options.fields ? new FieldReader({ depth, strict }) : undefined
    const reporter = new PlanReporter(options, limits, fields, onLimit)
    this.#reporter = reporter
    if (fields) this.#shown = new FieldCapture(written => reporter.readFields(written))
    const capture = this.#shown ?? new Capture()
    this.#outline = new PlanOutline(capture, reporter, { depth, strict, textFields })
    this.#scanner = new ReplyScanner(this.#outline, capture, limits, onLimit)
    if (options.answer !== 'compact') return
    const parts = { limits, strict, agents: reporter.agents, json: this.#scanner, onLimit }
    this.#calls = new CallReader(reporter, { ...parts, actions: stepShapesOf(options.actions) })
  }

  /** Every awaited agent has a plan, or a limit was hit: the caller may stop reading. A rejected agent stays awaited. */
  get satisfied(): boolean {
    return this.#reporter.limited || this.#reporter.agents.allPlanned
  }

  /**
   * What this piece of the reply completes. Never throws on model output.
   *
   * @throws Error after `end`, and when called from inside the game's own rules.
   */
  push(text: string): readonly PlanEvent<S>[] {
    if (this.#reporter.closed === true) return this.#refusePush()
    // Told from `undefined`, here and below, because whether a value counts as true takes longer to say.
    if (this.#calls !== undefined) this.#calls.push(text)
    else this.#scanner.push(text)
    if (this.#shown !== undefined && !this.#scanner.undecided) this.#shown.showHeld()
    return this.#reporter.drain()
  }

  /**
   * The reply is over: what was left open is reported, and the last event is `end`. Its status is 'limit' when one was hit;
   * 'truncated' when brackets were left open while agents still wait; 'empty' when there was nothing to read; else 'complete'.
   *
   * @throws Error when called twice, and when called from inside the game's own rules.
   */
  end(): readonly PlanEvent<S>[] {
    if (this.#ended) throw new Error('end() after end(): one parser reads one reply')
    const reporter = this.#reporter
    // Whatever the rule was asked about would be told after the end.
    if (reporter.closed && !reporter.limited)
      throw new Error('end() while push() is reading: a rule of the game must not end the reply')
    this.#ended = true
    reporter.closed = true
    this.#scanner.end()
    const cut = this.#calls?.end() ?? false
    const open = cut || this.#outline.end(this.#scanner.read)
    const plans = reporter.agents.planned
    const { rejected } = reporter
    const status = reporter.limited
      ? 'limit'
      : open && !this.satisfied
        ? 'truncated'
        : plans + rejected === 0
          ? 'empty'
          : 'complete'
    reporter.emit({ type: 'end', status, plans, rejected })
    return reporter.drain()
  }

  #refusePush(): readonly never[] {
    if (this.#ended) throw new Error('push() after end(): one parser reads one reply')
    if (this.#reporter.limited) return NO_EVENTS
    throw new Error('push() while push() is reading: a rule of the game must not feed the parser')
  }

  #hit(limit: keyof ParserLimits, at: number): void {
    const reporter = this.#reporter
    if (reporter.limited) return
    const raw = reporter.planIsOpen ? (this.#calls?.openRaw ?? this.#outline.openRaw(at)) : ''
    reporter.hitLimit(`limits.${limit}: more than ${this.#limits[limit]}`, raw, at)
    this.#scanner.halt()
    this.#calls?.halt()
  }
}

function checkedLimits(limits: Partial<ParserLimits>): ParserLimits {
  const all = { ...DEFAULT_LIMITS, ...limits }
  for (const [name, limit] of Object.entries(all))
    if (!(limit > 0)) throw new RangeError(`limits.${name} must be above 0, not ${limit}`)
  return all
}
