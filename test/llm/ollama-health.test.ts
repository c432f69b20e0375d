import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import type { OllamaHealth } from '../../src/llm/ollama-health.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { serve, serveBody } from './wire-server.ts'

interface Answers {
  readonly version?: string
  readonly tags?: string
  readonly ps?: string
}

const modelsJson = (...names: string[]) =>
  JSON.stringify({ models: names.map(name => ({ name, model: name, size: 1 })) })

function serveOllama({ version = '{"version":"0.33.0"}', tags = modelsJson(), ps = modelsJson() }: Answers) {
  return serve(({ path, response }) => {
    const body = { '/api/version': version, '/api/tags': tags, '/api/ps': ps }[path]
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
  })
}

async function healthOf(answers: Answers, model = 'hermes2pro'): Promise<OllamaHealth> {
  const { url } = await serveOllama(answers)
  return new HermesOllamaClient({ baseUrl: url, model }).health()
}

function hint(words: string) {
  return expect.objectContaining({ hint: expect.stringContaining(words) })
}

describe('ready', () => {
  test.each([
    ['the exact name', 'hermes2pro:q4', 'hermes2pro:q4'],
    ['another case', 'NousResearch/Hermes2Pro:Q4_K_M', 'nousresearch/hermes2pro:q4_k_m'],
    ['a name without a tag', 'hermes2pro', 'hermes2pro:latest'],
    ['a tag that the server leaves out', 'hermes2pro:latest', 'hermes2pro'],
    ['a registry with a port', 'localhost:5000/hermes2pro', 'localhost:5000/hermes2pro:latest'],
  ])('%s', async (_, model, installed) => {
    const tags = modelsJson('other:7b', installed)
    expect(await healthOf({ tags }, model)).toEqual({ status: 'ready', version: '0.33.0', loaded: false })
    expect(await healthOf({ tags, ps: modelsJson(installed) }, model)).toMatchObject({ loaded: true })
    expect(await healthOf({ tags, ps: modelsJson('other:7b') }, model)).toMatchObject({ loaded: false })
  })

  test('without a list of loaded models, as on old servers', async () =>
    expect(await healthOf({ tags: modelsJson('hermes2pro'), ps: 'nonsense' })).toMatchObject({
      status: 'ready',
      loaded: false,
    }))
})

describe('the model is missing', () => {
  test('the hint names the models that are there and how to get this one', async () => {
    const health = await healthOf({ tags: modelsJson('a:7b', 'b:latest') }, 'hermes2pro:q4')
    expect(health.status).toBe('model-missing')
    expect(health).toEqual(hint('a:7b, b:latest'))
    expect(health).toEqual(hint('ollama pull hermes2pro:q4'))
  })

  test.each([
    ['another tag', modelsJson('hermes2pro:q8'), 'hermes2pro:q8'],
    ['no models', '{"models":[]}', 'no model is installed'],
    ['null for none', '{"models":null}', 'no model is installed'],
    ['very many', modelsJson(...Array.from({ length: 30 }, (_, i) => `m${i}`)), 'and 20 more'],
  ])('%s', async (_, tags, words) => {
    const health = await healthOf({ tags })
    expect(health.status).toBe('model-missing')
    expect(health).toEqual(hint(words))
  })
})

describe('down', () => {
  test('nothing listens', async () => {
    const health = await new HermesOllamaClient({ baseUrl: 'http://127.0.0.1:1' }).health()
    expect(health.status).toBe('down')
    expect(health).toEqual(hint('ollama serve'))
  })

  test.each([
    ['another program', '<html>router</html>', 200],
    ['a program without that path', 'not found', 404],
    ['a proxy without its server', '<html>502</html>', 502],
  ])('%s', async (_, body, status) => {
    const { url } = await serveBody(body, status)
    expect(await new HermesOllamaClient({ baseUrl: url }).health()).toMatchObject({ status: 'down' })
  })

  test('something that does not speak HTTP', async () => {
    const server = createServer(socket => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const health = await new HermesOllamaClient({ baseUrl: `http://127.0.0.1:${port}` }).health()
    expect(health.status).toBe('down')
    expect(health).toEqual(hint('does not speak HTTP'))
  })
})

test('forbidden: the hint names OLLAMA_ORIGINS', async () => {
  const { url } = await serveBody('', 403)
  const health = await new HermesOllamaClient({ baseUrl: url }).health()
  expect(health.status).toBe('forbidden')
  expect(health).toEqual(hint('OLLAMA_ORIGINS'))
})

describe('starting', () => {
  test.each([
    ['connected and silent', '/api/version'],
    ['silent later', '/api/ps'],
  ])('%s', async (_, silentPath) => {
    const server = await serve(({ path, response }) => {
      if (path !== silentPath) response.end(path === '/api/version' ? '{"version":"1"}' : modelsJson('hermes2pro'))
    })
    const clock = new ManualClock()
    const checking = new HermesOllamaClient({ baseUrl: server.url, model: 'hermes2pro', clock }).health()
    const last = await server.request(silentPath === '/api/ps' ? 2 : 0)
    clock.advance(2999)
    expect(clock.pending).toBe(1)
    clock.advance(1)
    expect(await checking).toMatchObject({ status: 'starting', hint: expect.stringContaining('3000 ms') })
    await last.gone
    expect(clock.pending).toBe(0)
  })

  test('busy', async () => {
    const { url } = await serveBody('{"error":{"message":"Loading model"}}', 503)
    expect(await new HermesOllamaClient({ baseUrl: url }).health()).toMatchObject({ status: 'starting' })
  })
})

test('a signal that is aborted already sends nothing', async () => {
  const server = await serveOllama({})
  const checking = new HermesOllamaClient({ baseUrl: server.url }).health(AbortSignal.abort('early'))
  await expect(checking).rejects.toMatchObject({ code: 'aborted', cause: 'early' })
  expect(server.requests).toHaveLength(0)
})

test('an abort is the only thing that it throws, and leaves nothing behind', async () => {
  const server = await serve(() => {})
  const clock = new ManualClock()
  const caller = new AbortController()
  const checking = new HermesOllamaClient({ baseUrl: server.url, clock }).health(caller.signal)
  const { gone } = await server.request(0)
  caller.abort('the menu was closed')
  await expect(checking).rejects.toMatchObject({ code: 'aborted', cause: 'the menu was closed' })
  await gone
  expect(clock.pending).toBe(0)
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
})
