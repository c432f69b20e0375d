/** One figure of one benchmark, as `npm run bench -- --json` prints it. */
export interface Measurement {
  readonly bench: string
  readonly case: string
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** For a ratio: the case of the same run that it is measured against. */
  readonly ratioTo?: string
}

/** Each file of `bench/` exports this as `measure`. */
export type Measure = () => Promise<readonly Measurement[]>
