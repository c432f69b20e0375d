import { Agent, request } from 'undici'
import type { Transport } from './transport.ts'

// A cold model loads for minutes before its first byte, where undici's own limits would end the request at five; our deadlines rule.
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })

/** HTTP for Node: `undici.request`, whose streams close their socket when they are destroyed. */
export const transport: Transport = {
  async request(method, url, { body, headers, signal }) {
    const response = await request(url, {
      dispatcher: agent,
      method,
      body: body ?? null,
      headers: headers ?? {},
      signal,
    })
    // Destroying a body emits an error event, and one without a listener would end the process.
    response.body.on('error', () => {})
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value = '']) => [name, [value].flat().join(', ')]),
      ),
      body: response.body,
      close: () => void response.body.destroy(),
    }
  },
}
