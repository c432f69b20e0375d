import { Bench } from 'tinybench'

/** What each task took in each round, in microseconds of the processor: the mean of the round, so that collected garbage is paid for. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly number[]>>

/**
 * Milliseconds that all threads of this process have spent on a processor: what others run on the machine does not count, and what
 * the collector does beside the program does.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Times the tasks in turns, so that a machine that grows slower or busier does so for all of them: each has `blockMs` in every
 * round, at another place in the order.
 */
export async function interleaved<Name extends string>(
  tasks: Readonly<Record<Name, () => void | Promise<void>>>,
  { rounds, blockMs }: { readonly rounds: number; readonly blockMs: number },
): Promise<Rounds<Name>> {
  const names = Object.keys(tasks) as Name[] // Object.keys forgets what a Record knows
  const bench = new Bench({
    now: cpuMs,
    time: blockMs,
    iterations: 1,
    warmupTime: 10 * blockMs,
    warmupIterations: 1,
    throws: true,
  })
  for (const name of names) bench.add(name, tasks[name])
  const figures = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]> // as above
  for (const task of bench.tasks) await task.warmup()
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] as Name // in range
      const task = bench.getTask(name)
      task?.reset()
      const result = (await task?.run())?.result
      if (!result || !('latency' in result)) throw new Error(`${name} gave no figure`)
      figures[name].push(result.latency.mean * 1000)
    }
  }
  return figures
}

/** The median over the rounds of what the one took in a round, to what the other took in it. */
export function medianRatio<Name extends string>(rounds: Rounds<Name>, name: Name, floor: Name): number {
  return median(rounds[name].map((figure, round) => figure / (rounds[floor][round] ?? Number.NaN)))
}

export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5)
}

/** The figure that a share of all of them does not exceed; between two of them, their middle. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  if (low === undefined || high === undefined) throw new RangeError('no figures')
  return (low + high) / 2
}
