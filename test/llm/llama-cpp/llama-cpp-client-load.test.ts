import { describe, expect, test } from 'vitest'
import { LlamaCppClient } from '../../../src/llm/llama-cpp/llama-cpp-client.ts'
import { failureOf } from '../failure-of.ts'
import { FakeEngine } from './fake-engine.ts'

describe('load', () => {
  test('makes model and context as told, and frees them', async () => {
    const engine = new FakeEngine()
    const client = await LlamaCppClient.load({
      modelPath: 'm.gguf',
      contextTokens: 512,
      sequences: 2,
      threads: 1,
      gpu: false,
      engine,
    })
    expect(client.model).toBe('fake.gguf')
    expect(engine.calls).toEqual([
      { gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error', maxThreads: 1 },
      { modelPath: 'm.gguf' },
      { contextSize: 512, sequences: 2, threads: 1 },
      'template read',
    ])
    const failure = failureOf(client.complete('x'))
    const promptIsRead = (await engine.reply(0)).readPrompt()
    const disposal = client.dispose()
    expect(await failure).toMatchObject({ code: 'aborted' })
    expect(engine.calls).toHaveLength(4)
    promptIsRead()
    await disposal
    await client.dispose()
    expect(engine.calls.slice(4)).toEqual(['chat disposed', 'sequence disposed', 'disposed', 'disposed'])
    expect(await failureOf(client.complete('x'))).toMatchObject({ message: 'fake.gguf: the client is disposed' })
  })

  test('reads no template when it is told how to write', async () => {
    const engine = new FakeEngine()
    const chatWrapper = { generateContextState: () => ({ contextText: { tokenize: () => [1, 2, 3] } }) }
    const client = await LlamaCppClient.load({ modelPath: 'm.gguf', chatWrapper, engine })
    const completion = client.complete('x')
    const reply = await engine.reply(0)
    reply.write('a')
    reply.end()
    expect((await completion).usage.promptTokens).toBe(3)
    expect(engine.calls).not.toContain('template read')
  })

  test('leaves a context of the game to the game', async () => {
    const engine = new FakeEngine()
    const client = new LlamaCppClient({ context: engine, LlamaChat: engine.LlamaChat })
    await client.dispose()
    expect(engine.calls).toEqual([])
  })

  test('fails for a file that is not there', async () => {
    const loading = LlamaCppClient.load({ modelPath: 'missing.gguf', engine: new FakeEngine() })
    expect(await failureOf(loading)).toMatchObject({
      code: 'model-missing',
      message: 'there is no model at missing.gguf',
    })
  })

  test('passes on what the engine says of a file', async () => {
    await expect(LlamaCppClient.load({ modelPath: 'broken.gguf', engine: new FakeEngine() })).rejects.toThrow('magic')
  })

  test('gives the model back when there is no context for it', async () => {
    const engine = new FakeEngine()
    await expect(LlamaCppClient.load({ modelPath: 'm.gguf', contextTokens: 1, engine })).rejects.toThrow('too small')
    expect(engine.calls.at(-1)).toBe('disposed')
  })

  test.each([['contextTokens'], ['sequences'], ['threads']])('refuses bad %s before anything is loaded', async name => {
    const engine = new FakeEngine()
    await expect(LlamaCppClient.load({ modelPath: 'm.gguf', [name]: 0, engine })).rejects.toThrow(name)
    expect(engine.calls).toEqual([])
  })

  test('says what to install where the package is missing', async () => {
    await expect(LlamaCppClient.load({ modelPath: 'm.gguf' })).rejects.toThrow('npm install node-llama-cpp')
  })
})
