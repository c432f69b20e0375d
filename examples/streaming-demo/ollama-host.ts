const DEFAULT_PORT = '11434'

/**
 * The address in `OLLAMA_HOST`, read as Ollama reads it: `host`, `host:port`, `:port` or a URL; port 11434 unless the scheme says
 * otherwise. A server that listens on every interface is reached on this machine's own.
 *
 * @throws TypeError when it is no address.
 */
export function ollamaUrl(host = ''): string {
  const address = host.trim().replace(/^["']|["']$/g, '')
  const [, scheme = 'http', rest = ''] = /^(?:(https?):\/\/)?(.*)$/is.exec(address) ?? []
  const [authority = '', ...path] = rest.replace(/\/+$/, '').split('/')
  // An IPv6 address needs brackets in a URL, and people leave them out.
  const bracketed = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*$/i.test(authority) ? `[${authority}]` : authority
  const [, name = '', port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(bracketed) ?? []
  if (bracketed && !name && port === undefined) throw new TypeError(`OLLAMA_HOST is no address: ${host}`)
  const reachable = name === '' || name === '0.0.0.0' ? '127.0.0.1' : name === '[::]' ? '[::1]' : name
  const url = `${scheme.toLowerCase()}://${reachable}:${port ?? defaultPortOf(scheme, address)}`
  if (!URL.canParse(url)) throw new TypeError(`OLLAMA_HOST is no address: ${host}`)
  return [url, ...path].join('/')
}

/** With a scheme spelt out, Ollama takes that scheme's own port. */
function defaultPortOf(scheme: string, address: string): string {
  if (!address.includes('://')) return DEFAULT_PORT
  return scheme.toLowerCase() === 'https' ? '443' : '80'
}
