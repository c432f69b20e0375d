import type { Clock } from '../../clock.ts'
import { LlmError, messageOf } from '../../errors.ts'
import type { Attempt } from '../attempt.ts'
import { Deadlines } from '../deadlines.ts'
import type { Completion } from '../llm-client.ts'
import type { ResolvedOptions } from '../request-options.ts'
import { type ReplyEnd, timeoutError } from '../stream-reply.ts'
import type { LlamaCppChat, LlamaCppMessage } from './llama-cpp-engine.ts'
import type { SlotPool } from './slot-pool.ts'
import { TextQueue } from './text-queue.ts'

export interface Generation {
  readonly pool: SlotPool<LlamaCppChat>
  readonly tokenizer: object
  readonly clock: Clock
  readonly model: string
  /** The last one is the reply so far. */
  readonly history: readonly LlamaCppMessage[]
  /** For the engine: 0 to 2³² − 2. */
  readonly seed: number
  readonly temperature: number
  readonly options: ResolvedOptions
  /** What the reply has to follow, if anything. Awaited when a sequence is free. */
  readonly grammar: () => Promise<object | undefined>
  readonly signal: AbortSignal | undefined
}

/**
 * Writes one reply on one sequence, in the terms of every client: the same deadlines, the same errors. When it is left or aborted
 * the caller is let go at once, and the engine stops after the token it is at, or, while it still reads the prompt, after that.
 */
export async function* streamGeneration(
  attempt: Attempt,
  prepare: () => Generation,
): AsyncGenerator<string, Completion, void> {
  const generation = prepare()
  const { clock, model, pool, options } = generation
  const startedAt = clock.now()
  let firstTextMs: number | undefined
  let text = ''
  attempt.begin(generation.signal)
  const deadlines = new Deadlines(clock, options.limits, () => attempt.abort(undefined))
  deadlines.watch()
  const texts = new TextQueue<ReplyEnd>()
  try {
    pool
      .use(attempt.signal, chat => generate(chat, generation, attempt.signal, startedAt, texts))
      .then(
        end => texts.end(end),
        error => texts.fail(error),
      )
    while (true) {
      const read = await attempt.wait(texts.next())
      if ('text' in read) {
        firstTextMs ??= clock.now() - startedAt
        text += read.text
        deadlines.textArrived()
        yield read.text
        deadlines.waitForText()
      } else if (firstTextMs === undefined) {
        throw new LlmError('empty-reply', `${model}: the reply was done without any text`)
      } else {
        const { finishReason, usage, timings } = read.end
        return { text, finishReason, usage, timings: { firstTextMs, totalMs: clock.now() - startedAt, ...timings } }
      }
    }
  } catch (error) {
    // Whatever broke, broke because of the abort if there was one.
    if (deadlines.expiry) throw timeoutError(model, deadlines.expiry, text)
    if (attempt.aborted) {
      throw new LlmError('aborted', 'the request was aborted', { cause: attempt.cause, partialText: text })
    }
    if (error instanceof LlmError) throw error
    throw new LlmError('server-error', `${model}: ${messageOf(error)}`, { cause: error, partialText: text })
  } finally {
    deadlines.stop()
    attempt.end()
  }
}

async function generate(
  chat: LlamaCppChat,
  { history, tokenizer, clock, model, seed, temperature, options, grammar }: Generation,
  signal: AbortSignal,
  startedAt: number,
  texts: TextQueue<ReplyEnd>,
): Promise<ReplyEnd> {
  const slotAt = clock.now()
  const { sequence, chatWrapper } = chat
  const rules = await grammar()
  const promptTokens = chatWrapper.generateContextState({ chatHistory: history }).contextText.tokenize(tokenizer).length
  // The engine would make room by forgetting the start of the prompt: what agents may do, in which form.
  const room = sequence.contextSize - promptTokens - 1
  if (room < 1) {
    const message = `the prompt of ${promptTokens} tokens leaves no room in a context of ${sequence.contextSize}`
    throw new LlmError('bad-request', `${model}: ${message}`)
  }
  const before = sequence.tokenMeter.getState()
  let firstTokenAt: number | undefined
  const { metadata } = await chat.generateResponse([...history], {
    signal,
    maxTokens: Math.min(options.maxTokens, room),
    temperature,
    seed,
    // By default it penalizes what plans are made of: the same keys, quotes and brackets over and over.
    repeatPenalty: false,
    customStopTriggers: options.stop ?? [],
    onToken: () => {
      firstTokenAt ??= clock.now()
    },
    onTextChunk: text => texts.push(text),
    ...(rules && { grammar: rules }),
  })
  const after = sequence.tokenMeter.getState()
  const endedAt = clock.now()
  return {
    finishReason: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
    usage: {
      promptTokens,
      // The last token of a prompt is not metered, as it is read again with every reply.
      cachedPromptTokens: Math.max(0, promptTokens - 1 - (after.usedInputTokens - before.usedInputTokens)),
      outputTokens: after.usedOutputTokens - before.usedOutputTokens,
    },
    timings: {
      queueMs: slotAt - startedAt,
      promptMs: (firstTokenAt ?? endedAt) - slotAt,
      decodeMs: endedAt - (firstTokenAt ?? endedAt),
    },
  }
}
