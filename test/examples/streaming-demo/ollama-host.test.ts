import { expect, test } from 'vitest'
import { ollamaUrl } from '../../../examples/streaming-demo/ollama-host.ts'

test.each([
  ['nothing', undefined, 'http://127.0.0.1:11434'],
  ['blanks', '  ', 'http://127.0.0.1:11434'],
  ['a host', 'gpu-box', 'http://gpu-box:11434'],
  ['a host and a port', 'gpu-box:8080', 'http://gpu-box:8080'],
  ['a port alone', ':8080', 'http://127.0.0.1:8080'],
  ['every interface', '0.0.0.0', 'http://127.0.0.1:11434'],
  ['every interface and a port', '0.0.0.0:8080', 'http://127.0.0.1:8080'],
  ['a URL', 'http://10.0.0.5:11434', 'http://10.0.0.5:11434'],
  ['a URL without a port', 'http://10.0.0.5', 'http://10.0.0.5:80'],
  ['a secure URL', 'https://llm.example.com', 'https://llm.example.com:443'],
  ['a URL with a path', 'https://example.com/ollama/', 'https://example.com:443/ollama'],
  ['a scheme alone', 'http://', 'http://127.0.0.1:80'],
  ['quotes', '"gpu-box:8080"', 'http://gpu-box:8080'],
  ['IPv6 in brackets', '[::1]:8080', 'http://[::1]:8080'],
  ['IPv6 without brackets', '::1', 'http://[::1]:11434'],
  ['every interface of IPv6', '[::]', 'http://[::1]:11434'],
])('OLLAMA_HOST may be %s', (_, host, url) => {
  expect(ollamaUrl(host)).toBe(url)
})

test.each(['a b', 'host:port', 'host:99999', 'ftp://gpu-box'])('OLLAMA_HOST may not be %j', host => {
  expect(() => ollamaUrl(host)).toThrow(`OLLAMA_HOST is no address: ${host}`)
})
