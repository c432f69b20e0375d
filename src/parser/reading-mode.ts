/** Where the reader stands; each place where a piece can end has a name. Strings in odd quotes are read by their own rules. */
export type ReadingMode =
  | 'prose'
  | 'json'
  | 'string'
  | 'after-backslash'
  | 'odd-string'
  | 'after-odd-backslash'
  | 'before-noise'
  | 'noise'

/** What stands before, inside brackets. `words` is a bare word and space after it; `junk` is what fits nowhere. */
export type Before = 'opener' | 'colon' | 'string' | 'closer' | 'word' | 'words' | 'junk'
