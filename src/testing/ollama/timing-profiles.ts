/** How fast a machine serves a 7B model in 4 bits. Rates fall evenly from `atStart` to what they are at 8192 tokens of context. */
export interface TimingProfile {
  /** Tokens per second while a prompt is read. */
  readonly prefill: { readonly atStart: number; readonly at8k: number }
  /** Tokens per second of one reply while it is written. */
  readonly decode: { readonly atStart: number; readonly at8k: number }
  /** From nothing to a loaded model, in milliseconds. */
  readonly loadMs: number
  /** What a reload adds: giving the memory back, in milliseconds. */
  readonly unloadMs: number
  /** Median of what every request pays before its prompt is read, in milliseconds; log-normal. */
  readonly overheadMs: number
  /** Deviation of the time between two tokens, as a fraction of it. */
  readonly jitter: number
  /** Throughput of 1, 2, 3… replies at once, against one. The last figure holds for more. */
  readonly parallel: readonly number[]
  /** Does the model sit in the memory of a graphics card (or shared with it)? */
  readonly gpu: boolean
}

const LARGE_GPU = {
  loadMs: 2500,
  unloadMs: 500,
  overheadMs: 20,
  jitter: 0.03,
  parallel: [1, 1.95, 2.9, 3.8],
  gpu: true,
}
const GPU = { loadMs: 3000, unloadMs: 1000, overheadMs: 20, jitter: 0.03, parallel: [1, 1.8, 2.4, 2.9], gpu: true }
const METAL = { loadMs: 3000, unloadMs: 250, overheadMs: 20, jitter: 0.06, parallel: [1, 1.5, 1.8, 2], gpu: true }
const CPU = { loadMs: 4000, unloadMs: 250, overheadMs: 30, jitter: 0.12, parallel: [1, 1.3, 1.5, 1.6], gpu: false }

/** The machines that `SimulatedOllama` can pretend to be. Measured by others, or scaled from what they measured. */
export const TIMING_PROFILES = {
  'rtx-3060': { ...GPU, prefill: { atStart: 1500, at8k: 900 }, decode: { atStart: 52, at8k: 44 } },
  'rtx-4090': { ...LARGE_GPU, prefill: { atStart: 7100, at8k: 4000 }, decode: { atStart: 130, at8k: 110 } },
  'rtx-3090': { ...LARGE_GPU, prefill: { atStart: 4000, at8k: 2500 }, decode: { atStart: 115, at8k: 87 } },
  'rtx-3070': { ...GPU, prefill: { atStart: 2400, at8k: 1420 }, decode: { atStart: 73, at8k: 62 } },
  m1: { ...METAL, prefill: { atStart: 94, at8k: 80 }, decode: { atStart: 10, at8k: 8 } },
  'm1-max': { ...METAL, prefill: { atStart: 408, at8k: 303 }, decode: { atStart: 36, at8k: 27 } },
  'm3-max': { ...METAL, prefill: { atStart: 740, at8k: 600 }, decode: { atStart: 63, at8k: 50 } },
  'm2-ultra': { ...METAL, prefill: { atStart: 994, at8k: 914 }, decode: { atStart: 79, at8k: 54 } },
  m4: { ...METAL, prefill: { atStart: 214, at8k: 114 }, decode: { atStart: 16, at8k: 14 } },
  'desktop-cpu': { ...CPU, prefill: { atStart: 60, at8k: 35 }, decode: { atStart: 9, at8k: 6 } },
  'laptop-cpu': { ...CPU, prefill: { atStart: 35, at8k: 15 }, decode: { atStart: 4, at8k: 2.5 } },
  /** Waits for nothing: for tests. */
  instant: {
    prefill: { atStart: Infinity, at8k: Infinity },
    decode: { atStart: Infinity, at8k: Infinity },
    loadMs: 0,
    unloadMs: 0,
    overheadMs: 0,
    jitter: 0,
    parallel: [1],
    gpu: true,
  },
} as const satisfies Readonly<Record<string, TimingProfile>>

/** @throws RangeError that lists the profiles there are. */
export function timingProfile(name: string): TimingProfile {
  const profile = new Map<string, TimingProfile>(Object.entries(TIMING_PROFILES)).get(name)
  if (profile) return profile
  throw new RangeError(`unknown timing profile '${name}'; known are ${Object.keys(TIMING_PROFILES).join(', ')}`)
}

/** Tokens per second at this many tokens of context. */
export function rateAt({ atStart, at8k }: TimingProfile['prefill'], contextTokens: number): number {
  if (atStart === at8k) return atStart
  return atStart + (at8k - atStart) * Math.min(1, Math.max(0, (contextTokens - 512) / (8192 - 512)))
}

/** What of its speed a reply keeps while `active` replies are written at once. */
export function shareOf(profile: TimingProfile, active: number): number {
  const throughput = profile.parallel[Math.min(active, profile.parallel.length) - 1] ?? 1
  return throughput / Math.max(1, active)
}
