import type { SimulatedRequest } from './simulated-request.ts'

/** One HTTP request that has been answered, or whose caller has left. */
export interface ServedRequest {
  /** When it was over, RFC 3339. */
  readonly at: string
  readonly method: string
  /** Without its query. */
  readonly path: string
  /** As sent; 499 when the caller left before there was one. */
  readonly status: number
  /** From its arrival, in milliseconds. */
  readonly ms: number
  /** What it generated, for requests that generate. */
  readonly request: SimulatedRequest | undefined
}
