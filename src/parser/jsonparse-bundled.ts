import Jsonparse from 'jsonparse'

/** Where a bundler puts jsonparse into the bundle: it could not follow a `require` at run time. */
export function loadJsonparse(): typeof Jsonparse {
  return Jsonparse
}
