/** One figure of one benchmark, as `npm run bench -- --json` prints it. */
export interface Measurement {
  readonly bench: string
  readonly case: string
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** For a ratio: the case of the same run that it is measured against. */
  readonly ratioTo?: string
  /** Of a median: the least and the most of what it was taken. */
  readonly range?: readonly [number, number]
}

/** What figures are held against, in words, by case (without its number of agents) and metric: `parser time`. */
export type Limits = Readonly<Record<string, string>>

/** What each file of `bench/` exports. */
export interface Benchmark {
  readonly measure: () => Promise<readonly Measurement[]>
  /** Printed beside the figures. */
  readonly limits?: Limits
}
