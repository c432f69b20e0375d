import { afterEach, expect, test } from 'vitest'
import { SimulatedOllama } from '../../../src/testing/index.ts'
import { rawRequest } from '../raw-http.ts'

let server: SimulatedOllama | undefined
afterEach(() => server?.stop())

async function statusFor(header: string, origins: readonly string[] = []): Promise<string> {
  server = await SimulatedOllama.start({ profile: 'instant', origins })
  const { statusLine, headers } = await rawRequest(server.url, 'GET', '/api/version', undefined, [header])
  const allowed = headers.find(line => line.startsWith('Access-Control-Allow-Origin: '))
  return `${statusLine.split(' ')[1]} ${allowed?.slice(29) ?? '-'}`
}

test.each([
  ['https://localhost', '200 https://localhost'],
  ['http://0.0.0.0:8080', '200 http://0.0.0.0:8080'],
  ['tauri://localhost', '200 tauri://localhost'],
  ['http://127.0.0.1', '200 -'],
  ['http://localhost.evil.example', '403 -'],
  ['http://evil.example:80', '403 -'],
])('a page of %s is answered with %s', async (origin, expected) => {
  expect(await statusFor(`Origin: ${origin}`)).toBe(expected)
})

test.each([
  ['https://game.example', ['https://game.example'], '200 https://game.example'],
  ['https://a.itch.zone', ['https://*.itch.zone'], '200 https://a.itch.zone'],
  ['https://itch.zone', ['https://*.itch.zone'], '403 -'],
  ['null', ['*'], '200 *'],
])('%s with the origins %j: %s', async (origin, origins, expected) => {
  expect(await statusFor(`Origin: ${origin}`, origins)).toBe(expected)
})

test.each([
  ['localhost:11434', '200 -'],
  ['game.local', '200 -'],
  ['192.168.1.7:11434', '200 -'],
  ['172.32.0.1', '403 -'],
  ['127.0.0.1.evil.example', '403 -'],
  ['8.8.8.8', '403 -'],
])('called as %s it answers %s', async (host, expected) => {
  expect(await statusFor(`Host: ${host}`)).toBe(expected)
})
