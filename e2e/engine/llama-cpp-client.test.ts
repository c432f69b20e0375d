import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as nodeLlamaCpp from 'node-llama-cpp'
import { BatchExecutor, type Completion, defineActions, LlmError, PromptCompressor, readAll } from 'planweave'
import { LlamaCppClient, type LlamaCppEngine, type LlamaCppSequence } from 'planweave/llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { actions as fortyActions } from '../../examples/astraweave/actions.ts'
import { tinyGguf } from './gguf/tiny-gguf.ts'

/** The package fits the interface that the library compiles against: this is a test of types. */
const engine: LlamaCppEngine = nodeLlamaCpp

const folder = mkdtempSync(join(tmpdir(), 'planweave-engine-'))
const modelPath = join(folder, 'tiny.gguf')
const settings = { modelPath, contextTokens: 2048, sequences: 4, threads: 1, gpu: false, engine } as const
/** Told, since to find it out takes longer than anything else here; the client that most tests share does find it out. */
const chatWrapper = new nodeLlamaCpp.ChatMLChatWrapper()
let client: LlamaCppClient

beforeAll(async () => {
  writeFileSync(modelPath, tinyGguf(1))
  client = await LlamaCppClient.load(settings)
})

afterAll(async () => {
  await client?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const actions = defineActions({
  MoveTo: { args: { x: z.int(), y: z.int().min(0).max(63), speed: z.enum(['walk', 'run']).optional() } },
  Say: { args: { text: z.string().max(20) } },
  Wait: { args: { seconds: z.number().min(0.5).max(9.5) } },
})
const emergency = [{ act: 'Wait', seconds: 1 }] as const
const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1)

async function failureOf(promise: Promise<unknown>): Promise<LlmError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    error => error,
  )
  if (error instanceof LlmError) return error
  throw error
}

async function isIdle(one: LlamaCppClient): Promise<void> {
  while (one.load.busy > 0) await new Promise(resolve => setImmediate(resolve))
}

describe('plans by a grammar', () => {
  test('come in pieces, many at once, and every one is a plan of the model itself', async () => {
    const executor = new BatchExecutor({
      client,
      actions,
      compressor: new PromptCompressor({ actions, tokenBudget: 1024 }),
      emergency,
      allowEmptyPlans: true,
      reAsks: 0,
      strict: true,
    })
    let chunks = 0
    const results = await Promise.all(
      SEEDS.map(seed => {
        const agentId = `guard-${seed}`
        const run = executor.run([{ agentId, world: { hp: seed } }], {
          seed,
          maxTokens: 1600,
          format: actions.jsonSchema([agentId]),
        })
        run.on('chunk', () => chunks++)
        return run.result
      }),
    )
    const outcomes = results.flatMap(({ outcomes }) => outcomes)
    expect(outcomes.map(({ tier, attempts }) => (tier === 'model' ? tier : attempts))).toEqual(SEEDS.map(() => 'model'))
    const steps = outcomes.flatMap(({ plan }) => plan.steps)
    expect(new Set(steps.map(step => step.act))).toEqual(new Set(actions.names))
    expect(chunks).toBeGreaterThan(steps.length * 5)
  })

  test('keep every number in its bounds', async () => {
    const format = z.toJSONSchema(
      z.tuple([z.int(), z.int().min(-5).max(120), z.number(), z.number().gt(0).lt(0.5), z.number().max(-3)]),
    )
    const replies = await Promise.all(SEEDS.map(seed => client.complete('Numbers.', { seed, format })))
    for (const { text } of replies) {
      const numbers: unknown = JSON.parse(text)
      expect(
        z
          .tuple([z.int(), z.int().min(-5).max(120), z.number(), z.number().gt(0).lt(0.5), z.number().max(-3)])
          .safeParse(numbers).error,
        text,
      ).toBeUndefined()
    }
  })

  test('are taken from a registry of forty actions too', async () => {
    const format = fortyActions.jsonSchema(['a', 'b'])
    const { text, finishReason } = await client.complete('Plan.', { seed: 3, format })
    expect([finishReason, Object.keys(JSON.parse(text))]).toEqual(['stop', ['plans']])
  })

  test('may be any JSON object', async () => {
    const replies = await Promise.all(
      SEEDS.map(seed => client.complete('JSON!', { seed, format: 'json', maxTokens: 1500 })),
    )
    const whole = replies.filter(({ finishReason }) => finishReason === 'stop')
    expect(whole.length).toBeGreaterThan(0)
    for (const { text } of whole) expect(JSON.parse(text)).toBeTypeOf('object')
  })
})

describe('the same seed', () => {
  const texts = (completions: readonly Completion[]) => completions.map(({ text }) => text)

  test('draws the same words, alone or among others, and another seed others', async () => {
    const ask = (seed: number) => client.complete('What will the guard do?', { seed, maxTokens: 120 })
    const alone: Completion[] = []
    for (const seed of [1, 2, 3, 4]) alone.push(await ask(seed))
    const among = await Promise.all([4, 3, 2, 1].map(ask))
    // Later ones may differ: beside others the engine rounds otherwise, and a close draw then falls on another word.
    const starts = (completions: readonly Completion[]) => texts(completions).map(text => text.slice(0, 10))
    expect(starts(among.reverse())).toEqual(starts(alone))
    expect(new Set(starts(alone)).size).toBe(4)
  })

  test('is sent by calls that have none, so that two in one second differ and two runs do not', async () => {
    const runs: string[][] = []
    for (let run = 0; run < 2; run++) {
      const fresh = await LlamaCppClient.load({ ...settings, chatWrapper, seed: 5 })
      runs.push(texts([await fresh.complete('Go.', { maxTokens: 30 }), await fresh.complete('Go.', { maxTokens: 30 })]))
      await fresh.dispose()
    }
    const [first, second] = runs
    expect(first).toEqual(second)
    expect(new Set(first).size).toBe(2)
  })
})

describe('several sequences', () => {
  test('write side by side, and the calls beyond them wait', async () => {
    const order: number[] = []
    const completions = SEEDS.slice(0, 6).map((seed, i) =>
      readAll(client.completeStreaming('Go on.', { seed, maxTokens: 60 }), () => order.push(i)),
    )
    await new Promise(resolve => setImmediate(resolve))
    expect(client.load).toEqual({ busy: 4, waiting: 2 })
    const ended = await Promise.all(completions)
    // The second one began before the first was done.
    expect(order.indexOf(1)).toBeLessThan(order.lastIndexOf(0))
    expect(ended.every(({ timings }, i) => (timings.queueMs ?? 0) >= 0 && i < 6)).toBe(true)
    expect(client.load).toEqual({ busy: 0, waiting: 0 })
  })
})

describe('an abort', () => {
  let model: nodeLlamaCpp.LlamaModel

  beforeAll(async () => {
    const llama = await nodeLlamaCpp.getLlama({ gpu: false, build: 'never', progressLogs: false, maxThreads: 1 })
    model = await llama.loadModel({ modelPath })
  })

  afterAll(() => model.dispose())

  /** A context of the test's own, to see what its one sequence counts. */
  async function watched() {
    const context = await model.createContext({ contextSize: 4096, sequences: 1, threads: 1, flashAttention: false })
    const sequences: LlamaCppSequence[] = []
    const one = new LlamaCppClient({
      LlamaChat: nodeLlamaCpp.LlamaChat,
      chatWrapper,
      context: {
        model,
        get sequencesLeft() {
          return context.sequencesLeft
        },
        getSequence() {
          const sequence = context.getSequence()
          sequences.push(sequence)
          return sequence
        },
        dispose: () => context.dispose(),
      },
    })
    const written = () => sequences[0]?.tokenMeter.getState().usedOutputTokens ?? 0
    return { one, written, end: () => context.dispose() }
  }

  test.each([
    ['by the signal', (_: unknown, controller: AbortController) => controller.abort('enough')],
    ['by leaving the stream', (stream: AsyncGenerator) => void stream.return(undefined)],
  ])('%s stops the engine within a few tokens', async (_, leave) => {
    const { one, written, end } = await watched()
    const controller = new AbortController()
    const stream = one.completeStreaming('Go on.', { maxTokens: 3000, seed: 2, signal: controller.signal })
    for (let i = 0; i < 10; i++) await stream.next()
    const pending = stream.next()
    const before = written()
    leave(stream, controller)
    await pending.catch(() => {})
    await isIdle(one)
    expect(written() - before).toBeLessThanOrEqual(3)
    // The same sequence goes on with other work, as if nothing had been.
    const again = [
      await one.complete('x', { seed: 1, maxTokens: 20 }),
      await one.complete('x', { seed: 1, maxTokens: 20 }),
    ]
    expect(again[0]?.text).toBe(again[1]?.text)
    await one.dispose()
    await end()
  })

  test('while the prompt is read lets the caller go at once, and the next call wait', async () => {
    const { one, end } = await watched()
    const controller = new AbortController()
    const prompt = 'the guard will attack the gate '.repeat(400)
    const failure = failureOf(one.complete(prompt, { maxTokens: 10, signal: controller.signal }))
    await new Promise(resolve => setImmediate(resolve))
    controller.abort('enough')
    expect(await failure).toMatchObject({ code: 'aborted', cause: 'enough', partialText: '' })
    expect(one.load.busy).toBe(1)
    expect((await one.complete('x', { maxTokens: 5, seed: 1 })).usage.outputTokens).toBeGreaterThan(0)
    expect(one.load).toEqual({ busy: 0, waiting: 0 })
    await one.dispose()
    await end()
  })

  test('in the line never reaches the engine', async () => {
    const controller = new AbortController()
    const running = SEEDS.slice(0, 4).map(seed => client.complete('Go on.', { seed, maxTokens: 60 }))
    const failure = failureOf(client.complete('Me too.', { signal: controller.signal }))
    await new Promise(resolve => setImmediate(resolve))
    expect(client.load.waiting).toBe(1)
    controller.abort()
    expect(await failure).toMatchObject({ code: 'aborted' })
    expect(client.load).toEqual({ busy: 4, waiting: 0 })
    await Promise.all(running)
  })
})

describe('a reply', () => {
  test('ends at a word, before it', async () => {
    const { text, finishReason } = await client.complete('Go on.', { seed: 1, maxTokens: 300, stop: ['e'] })
    expect([text.includes('e'), finishReason, text.length > 0]).toEqual([false, 'stop', true])
  })

  test('counts its tokens, and those that were read for an earlier prompt', async () => {
    const ask = () => client.complete('Count the tokens of this.', { seed: 9, maxTokens: 40 })
    await ask()
    const { usage, timings } = await ask()
    expect(usage).toMatchObject({ cachedPromptTokens: (usage.promptTokens ?? 0) - 1, outputTokens: 40 })
    for (const ms of Object.values(timings)) expect(ms).toBeGreaterThanOrEqual(0)
  })

  test('is cut at the end of the context, which forgets nothing', async () => {
    const small = await LlamaCppClient.load({ ...settings, contextTokens: 256, sequences: 1, chatWrapper })
    const format = { type: 'array', items: { type: 'integer' }, minItems: 900, maxItems: 900 }
    const { usage, finishReason } = await small.complete('Numbers.', { seed: 1, maxTokens: 5000, format })
    expect(finishReason).toBe('length')
    const { promptTokens = 0, outputTokens = 0 } = usage
    expect(promptTokens + outputTokens).toBeGreaterThan(250)
    expect(promptTokens + outputTokens).toBeLessThanOrEqual(256)
    expect(await failureOf(small.complete('word '.repeat(300)))).toMatchObject({ code: 'bad-request' })
    await small.dispose()
  })

  test('that takes too long is told by its deadline, with its text', async () => {
    const format = { type: 'array', items: { type: 'integer' }, minItems: 900, maxItems: 900 }
    const failure = await failureOf(
      client.complete('Numbers.', { maxTokens: 1900, format, timeouts: { totalMs: 400 } }),
    )
    expect(failure).toMatchObject({ code: 'timeout-total', limitMs: 400 })
    expect(failure.partialText).toMatch(/^\[-?\d/)
    await isIdle(client)
  })
})

describe('loading', () => {
  test('finds the package by itself', async () => {
    const { engine: _, ...rest } = settings
    const own = await LlamaCppClient.load({ ...rest, chatWrapper })
    expect((await own.complete('x', { seed: 1, maxTokens: 5 })).usage.outputTokens).toBe(5)
    await own.dispose()
  })

  test('tells a file that is not there from one that is no model', async () => {
    expect(await failureOf(LlamaCppClient.load({ ...settings, modelPath: join(folder, 'none.gguf') }))).toMatchObject({
      code: 'model-missing',
    })
    const broken = join(folder, 'broken.gguf')
    writeFileSync(broken, 'no model at all')
    await expect(LlamaCppClient.load({ ...settings, modelPath: broken })).rejects.toThrow('GGUF')
  })
})
