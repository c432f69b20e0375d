import type { IncomingMessage } from 'node:http'
import { hostname } from 'node:os'

/** What Ollama always lets in, beside what `OLLAMA_ORIGINS` names. */
const DEFAULT_ORIGINS: readonly string[] = [
  ...['localhost', '127.0.0.1', '0.0.0.0'].flatMap(host => [
    ...[`http://${host}`, `https://${host}`],
    ...[`http://${host}:*`, `https://${host}:*`],
  ]),
  ...['app', 'file', 'tauri', 'vscode-webview', 'vscode-file'].map(scheme => `${scheme}://*`),
]

const ALLOWED_HEADERS: readonly string[] = [
  ...['Authorization', 'Content-Type', 'User-Agent', 'Accept', 'X-Requested-With', 'Openai-Beta'],
  ...['X-Stainless-Arch', 'X-Stainless-Async', 'X-Stainless-Custom-Poll-Interval', 'X-Stainless-Helper-Method'],
  ...['X-Stainless-Lang', 'X-Stainless-Os', 'X-Stainless-Package-Version', 'X-Stainless-Poll-Helper'],
  ...['X-Stainless-Retry-Count', 'X-Stainless-Runtime', 'X-Stainless-Runtime-Version', 'X-Stainless-Timeout'],
]

const PREFLIGHT = {
  'Access-Control-Allow-Headers': ALLOWED_HEADERS.join(','),
  'Access-Control-Allow-Methods': 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS',
  'Access-Control-Max-Age': '43200',
}

export type Headers = Readonly<Record<string, string | readonly string[]>>

/** What a browser's questions come to: a refusal with nothing in it, an answer to a preflight, or headers for the real answer. */
export type CorsVerdict =
  | { readonly kind: 'refused' }
  | { readonly kind: 'preflight'; readonly headers: Headers }
  | { readonly kind: 'served'; readonly headers: Headers }

/** Ollama's guards: who may ask from a web page, and under which name this server may be called. */
export function corsVerdict({ headers, method }: IncomingMessage, moreOrigins: readonly string[]): CorsVerdict {
  const { origin, host = '' } = headers
  const served = isAllowedHost(host) ? ({ kind: 'served', headers: {} } as const) : ({ kind: 'refused' } as const)
  // A page of this very server asks nothing of another origin.
  if (!origin || origin === `http://${host}` || origin === `https://${host}`) return served
  const anyone = moreOrigins.includes('*')
  if (!anyone && ![...DEFAULT_ORIGINS, ...moreOrigins].some(pattern => fits(origin, pattern)))
    return { kind: 'refused' }
  const allow = { 'Access-Control-Allow-Origin': anyone ? '*' : origin }
  if (method === 'OPTIONS') {
    const vary = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers']
    return { kind: 'preflight', headers: { ...PREFLIGHT, ...allow, ...(!anyone && { Vary: vary }) } }
  }
  return served.kind === 'refused'
    ? served
    : { kind: 'served', headers: { ...allow, ...(!anyone && { Vary: 'Origin' }) } }
}

/** Equal, or with anything in place of the pattern's one `*`. */
function fits(origin: string, pattern: string): boolean {
  const [start = '', end] = pattern.split('*')
  if (end === undefined) return origin === pattern
  return origin.length >= start.length + end.length && origin.startsWith(start) && origin.endsWith(end)
}

/** Against pages that give their own name the address of this machine. */
function isAllowedHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (name === '' || name === 'localhost' || name === hostname().toLowerCase()) return true
  return /\.(localhost|local|internal)$/.test(name) || isPrivateAddress(name)
}

function isPrivateAddress(name: string): boolean {
  return /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01])|0\.0)\.[\d.]+$/.test(name) || name === '[::1]'
}
