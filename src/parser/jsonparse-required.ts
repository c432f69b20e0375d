import type Jsonparse from 'jsonparse'

/**
 * In Node, jsonparse is loaded when somebody asks for it: it is CommonJS, and to import one such package, however small, takes
 * Node longer than the whole parser does. Without an import of `node:module`, which no browser has.
 */
export function loadJsonparse(): typeof Jsonparse {
  const { createRequire } = process.getBuiltinModule('node:module')
  return createRequire(import.meta.url)('jsonparse')
}
