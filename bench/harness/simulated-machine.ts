import { type Clock, type Completion, LlmClient, type LlmRequestOptions, type Prompt, readAll } from 'planweave'
import { planReply } from 'planweave/testing'
import { SeededRandom } from '../../src/seeded-random.ts'
import { renderChat } from '../../src/testing/ollama/chat-template.ts'
import { runEngine } from '../../src/testing/ollama/engine.ts'
import { LoadedModel } from '../../src/testing/ollama/model-scheduler.ts'
import type { OpenRequest } from '../../src/testing/ollama/simulated-request.ts'
import { timingProfile } from '../../src/testing/ollama/timing-profiles.ts'

/** The spread of the overhead before a prompt is read, as on the simulated server. */
const OVERHEAD_SIGMA = 1.036
const CONTEXT_TOKENS = 16_384

/**
 * The engine of the simulated Ollama, with its pace, slots and prefix cache, without HTTP: for benchmarks on a virtual clock,
 * which sockets do not follow. The model is loaded.
 */
export class SimulatedMachine extends LlmClient {
  readonly model = 'simulated'
  readonly #clock: Clock
  readonly #profile: ReturnType<typeof timingProfile>
  readonly #loaded: LoadedModel
  readonly #seed: number
  #requests = 0
  /** Prompt tokens that it had to read so far, because no slot held them. */
  evaluatedTokens = 0

  constructor(clock: Clock, profile: string, slots: number, seed: number) {
    super()
    this.#clock = clock
    this.#profile = timingProfile(profile)
    this.#loaded = new LoadedModel(this.model, CONTEXT_TOKENS, '', slots)
    this.#seed = seed
  }

  override complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return readAll(this.completeStreaming(prompt, options))
  }

  override async *completeStreaming(
    prompt: Prompt,
    { maxTokens = 1024, signal = new AbortController().signal }: LlmRequestOptions = {},
  ): AsyncGenerator<string, Completion, void> {
    this.#requests += 1
    const random = new SeededRandom(this.#seed, 'timing', this.#requests)
    const text = renderChat(typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt)
    const log = this.#newLog()
    const engine = runEngine(
      { clock: this.#clock, profile: this.#profile, model: this.#loaded },
      {
        prompt: text,
        reply: planReply(text, this.#seed),
        maxTokens,
        stops: [],
        shift: true,
        repeatLimit: 100,
        overheadMs: this.#profile.overheadMs * Math.exp(OVERHEAD_SIGMA * Math.min(2, random.gaussian())),
        fault: { kind: 'none' },
        log,
        random,
        signal,
      },
    )
    let reply = ''
    let firstTextMs: number | undefined
    try {
      let next = await engine.next()
      while (!next.done) {
        if (next.value.type === 'text') {
          firstTextMs ??= this.#clock.now() - log.arrivedMs
          reply += next.value.text
          yield next.value.text
        }
        next = await engine.next()
      }
      const { reason, promptMs, decodeMs } = next.value
      const totalMs = this.#clock.now() - log.arrivedMs
      return {
        text: reply,
        finishReason: reason === 'length' ? 'length' : 'stop',
        usage: { promptTokens: log.promptTokens, outputTokens: log.outputTokens },
        timings: { firstTextMs: firstTextMs ?? totalMs, totalMs, promptMs, decodeMs },
      }
    } finally {
      // Whatever ended it, the slot is free from here on.
      await engine.return({ reason: 'silent', promptMs: 0, decodeMs: 0, tokens: [] })
      this.evaluatedTokens += log.evaluatedTokens
    }
  }

  #newLog(): OpenRequest {
    return {
      number: this.#requests,
      path: '/api/chat',
      model: this.model,
      prompt: '',
      promptTokens: 0,
      cachedTokens: 0,
      evaluatedTokens: 0,
      outputTokens: 0,
      arrivedMs: this.#clock.now(),
    }
  }
}
