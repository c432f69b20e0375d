import type { OpenObject } from './open-object.ts'

/** What a reply's brackets turned out to hold. Offsets are raw; `end` is exclusive; `repairs` are in words. */
export interface OutlineSink {
  /** `asAskedFor`: in the list of the asked-for document, and nowhere else. */
  planOpened(start: number, asAskedFor: boolean): void
  /** What was written of the plan before it was known to be one, once its names were told. */
  planBegun(written: string): void
  /** A bracket, or a comma, that the plan lost, where it belongs. */
  added(lost: string): void
  /** A key that names an agent, and the name. May come more than once. */
  named(key: string, name: string, quoted: boolean): void
  /** `hasLongKey` is false when no key is as long as those that are forbidden. */
  step(text: string, start: number, end: number, repairs: readonly string[], hasLongKey?: boolean): void
  /** Something among the steps that is no object. */
  strayStep(text: string, start: number, end: number): void
  /** Part of a text field, still escaped; `last` closes it. */
  text(field: string, escaped: string, last: boolean): void
  planClosed(plan: OpenObject, end: number): void
  /** A plan that the end of the reply cut off. */
  planCut(raw: string, end: number): void
  /** Stands where a plan should, or looks like part of one. */
  notAPlan(message: string, raw: string, start: number, end: number): void
  /** An element without agent and steps that the end of the reply cut off. */
  elementCut(raw: string, start: number, end: number): void
  /** Too many brackets are open. */
  tooDeep(at: number): void
}
