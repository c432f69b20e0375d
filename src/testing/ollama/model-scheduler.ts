import type { Clock } from '../../clock.ts'
import { FifoGate } from './fifo-gate.ts'
import { FOREVER_MS } from './go-time.ts'
import { pauseUntil } from './pause.ts'
import { Refusal } from './refusal.ts'
import { SlotPool } from './slot-pool.ts'
import type { TimingProfile } from './timing-profiles.ts'

/** What `keep_alive` is when nobody has named it. */
const KEEP_ALIVE_MS = 5 * 60_000
/** Timers of the platform don't reach further, and no run does. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const READY_POLL_MS = 250

/** A model in memory. */
export class LoadedModel {
  readonly name: string
  readonly contextTokens: number
  /** The load-time options: a request with others reloads the model. */
  readonly loadKey: string
  readonly slots: SlotPool
  keepAliveMs = KEEP_ALIVE_MS
  /** When the last request ended; while one runs, nothing. */
  idleSince: number | undefined
  requests = 0
  cancelExpiry: () => void = () => {}
  whenIdle: (() => void)[] = []

  constructor(name: string, contextTokens: number, loadKey: string, slots: number) {
    this.name = name
    this.contextTokens = contextTokens
    this.loadKey = loadKey
    this.slots = new SlotPool(slots)
  }
}

export interface LoadWish {
  readonly model: string
  readonly contextTokens: number
  readonly loadKey: string
  /** Only a request that names it changes it. */
  readonly keepAliveMs?: number | undefined
}

/** Loads models one after the other, keeps them while they are used and for a while after. */
export class ModelScheduler {
  readonly #clock: Clock
  readonly #profile: TimingProfile
  readonly #parallel: number
  readonly #maxQueue: number
  readonly #loader = new FifoGate(1)
  readonly #loaded = new Map<string, LoadedModel>()
  #pending = 0

  constructor(clock: Clock, profile: TimingProfile, parallel: number, maxQueue: number) {
    this.#clock = clock
    this.#profile = profile
    this.#parallel = parallel
    this.#maxQueue = maxQueue
  }

  get loaded(): readonly LoadedModel[] {
    return [...this.#loaded.values()]
  }

  /** When the model will be unloaded, if no other request comes. */
  expiresAt({ idleSince, keepAliveMs }: LoadedModel): number {
    return (idleSince ?? this.#clock.now()) + keepAliveMs
  }

  /**
   * The model, loaded as wished; who gets it must `release` it. A model that is there already never queues; loads do, and one
   * too many is refused. An abort ends a load in progress, and the next in the queue starts its own.
   */
  async acquire(wish: LoadWish, signal: AbortSignal): Promise<LoadedModel> {
    const ready = this.#fitting(wish)
    if (ready) return this.#use(ready, wish)
    if (this.#pending > this.#maxQueue) {
      throw new Refusal(503, 'server busy, please try again.  maximum pending requests exceeded')
    }
    this.#pending++
    try {
      await this.#loader.enter(signal)
      try {
        return this.#use(this.#fitting(wish) ?? (await this.#load(wish, signal)), wish)
      } finally {
        this.#loader.leave()
      }
    } finally {
      this.#pending--
    }
  }

  release(model: LoadedModel): void {
    if (--model.requests > 0) return
    model.idleSince = this.#clock.now()
    const waiting = model.whenIdle
    model.whenIdle = []
    if (model.keepAliveMs === 0) this.#drop(model)
    else if (model.keepAliveMs <= LONGEST_TIMER_MS) {
      model.cancelExpiry = this.#clock.setTimer(model.keepAliveMs, () => this.#drop(model))
    }
    for (const go of waiting) go()
  }

  /** Now, or as soon as its last request ends. */
  unload(name: string): void {
    const model = this.#loaded.get(name)
    if (!model) return
    model.keepAliveMs = 0
    if (model.requests === 0) this.#drop(model)
  }

  /** Forgets every model and its timer; no request may be in progress. */
  close(): void {
    for (const model of this.#loaded.values()) this.#drop(model)
  }

  #fitting({ model, loadKey }: LoadWish): LoadedModel | undefined {
    const loaded = this.#loaded.get(model)
    return loaded?.loadKey === loadKey ? loaded : undefined
  }

  #use(model: LoadedModel, { keepAliveMs }: LoadWish): LoadedModel {
    model.requests++
    model.idleSince = undefined
    model.cancelExpiry()
    if (keepAliveMs !== undefined) model.keepAliveMs = Math.min(keepAliveMs, FOREVER_MS)
    return model
  }

  async #load(wish: LoadWish, signal: AbortSignal): Promise<LoadedModel> {
    const { loadMs, unloadMs } = this.#profile
    const inTheWay = this.#loaded.get(wish.model)
    if (inTheWay) {
      await idle(inTheWay, signal)
      this.#drop(inTheWay)
    }
    // The server asks whether its engine is ready at intervals, so that no load ends in between.
    const ms = Math.ceil((loadMs + (inTheWay ? unloadMs : 0)) / READY_POLL_MS) * READY_POLL_MS
    await pauseUntil(this.#clock, this.#clock.now() + ms, signal)
    const model = new LoadedModel(wish.model, wish.contextTokens, wish.loadKey, this.#parallel)
    this.#loaded.set(wish.model, model)
    return model
  }

  #drop(model: LoadedModel): void {
    model.cancelExpiry()
    if (this.#loaded.get(model.name) === model) this.#loaded.delete(model.name)
  }
}

async function idle(model: LoadedModel, signal: AbortSignal): Promise<void> {
  // Asked again after each wake-up: another request may have come in between.
  while (model.requests > 0) {
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => reject(signal.reason)
      signal.addEventListener('abort', giveUp, { once: true })
      model.whenIdle.push(() => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      })
    })
  }
}
