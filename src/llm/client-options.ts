import type { Clock } from '../clock.ts'
import type { LlmRequestOptions } from './llm-client.ts'
import type { Transport } from './transport.ts'

/** What every client of a model server takes. */
export interface ClientOptions {
  /** Where the server is; a path is kept, for servers behind a proxy. */
  readonly baseUrl?: string
  readonly model?: string
  /** Sent with every request, such as `authorization`. In browsers each one that CORS does not allow fails the request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Under each call's own options; `timeouts` are merged one by one. */
  readonly defaults?: Omit<LlmRequestOptions, 'signal'>
  /** @defaultValue undici in Node, the platform's `fetch` in browsers */
  readonly transport?: Transport
  /** @defaultValue the platform's */
  readonly clock?: Clock
}

/**
 * The base URL without a slash at its end.
 *
 * @throws TypeError for what is no plain http or https URL.
 */
export function checkedBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TypeError(
      `baseUrl must be an http or https URL, such as http://127.0.0.1:11434; got ${JSON.stringify(baseUrl)}`,
    )
  }
  if (url.username || url.password) throw new TypeError('baseUrl must not hold a password: use the headers option')
  if (url.search || url.hash) throw new TypeError('baseUrl must not have a query or a fragment')
  return url.href.replace(/\/+$/, '')
}

/** @throws TypeError for names and values that HTTP can't carry. */
export function checkedHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(new Headers(headers))
}
