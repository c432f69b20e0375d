/** What mending a slice gives: text for `JSON.parse` or `jsonrepair`, with what had to be changed; or why it must not be mended. */
export interface Mended {
  readonly text: string
  readonly repairs: readonly string[]
  readonly refused: string | undefined
}

/**
 * Strings in any quotes, and everything else in tokens. Smart quotes close each other, an apostrophe between letters closes
 * nothing, and an unclosed string runs to the end.
 */
const TOKEN =
  /"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S]|(?<=\p{L})'(?=\p{L}))*(?:'|$)|[“”](?:[^"“”\\]|\\[\s\S])*(?:["“”]|$)|[{}[\],:]|\s+|[^\s{}[\],:"'“”]+|[\s\S]/gu
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i
const NUMBER_LIKE = /^[+-]?(?:\.?\d|$)/
const NOT_A_NUMBER = /^[+-]?(?:NaN|Infinity|inf)$/i
const PYTHON: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' }
/** An escape that JSON knows, or else what follows the backslash. */
const ESCAPE = /\\(?:(["\\/bfnrt]|u[\da-fA-F]{4})|([\s\S]))/g

/**
 * Names what is wrong with a slice of JSON, and mends what `jsonrepair` would not mend, or would mend into something else:
 * a number that is none must never become one.
 */
export function mend(slice: string): Mended {
  const repairs = new Set<string>()
  const tokens: string[] = []
  let refused: string | undefined
  /** The last token that is not space. */
  let last = ''
  for (const token of slice.match(TOKEN) ?? []) {
    const first = token.charAt(0)
    if (/\s/.test(first)) {
      tokens.push(token)
      continue
    }
    if (first === ',' && (last === ',' || last === '{' || last === '[' || last === ':')) {
      repairs.add('left out an extra comma')
      continue
    }
    if ((first === '}' || first === ']') && last === ',') repairs.add('left out an extra comma')
    if (endsValue(last) && !',:}]'.includes(first)) repairs.add('added a missing comma or colon')
    if (first === '"') tokens.push(mendString(token, repairs))
    else if (first === "'") {
      repairs.add('read single quotes')
      tokens.push(token.length > 1 && token.endsWith("'") ? mendString(inDoubleQuotes(token), repairs) : token)
    } else if (first === '“' || first === '”') {
      repairs.add('read smart quotes')
      tokens.push(token)
    } else if ('{}[],:'.includes(first)) tokens.push(token)
    else {
      refused ??= mendWord(token, repairs)
      tokens.push(PYTHON[token] ?? token)
    }
    last = token
  }
  return { text: tokens.join(''), repairs: [...repairs], refused }
}

function endsValue(token: string): boolean {
  return token !== '' && !'{[,:'.includes(token)
}

/** A string in single quotes as JSON would have it: its own quotes need no escape, and double ones do. */
function inDoubleQuotes(token: string): string {
  const content = token
    .slice(1, -1)
    .replace(/\\[\s\S]|"/g, part => (part === '"' ? '\\"' : part === "\\'" ? "'" : part))
  return `"${content}"`
}

/** Escapes what a string in double quotes must not hold. */
export function mendString(token: string, repairs: Set<string>): string {
  let text = token
  if (text.includes('\\'))
    text = text.replace(ESCAPE, (written, good: string | undefined, letter: string) => {
      if (good !== undefined) return written
      repairs.add('mended a bad escape')
      // An escaped quote of the other kind is that quote; anything else was meant as it stands.
      return letter === "'" ? "'" : `\\\\${letter}`
    })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
  if (/[\u0000-\u001f]/.test(text)) {
    repairs.add('escaped a line break or tab in a string')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
    text = text.replace(/[\u0000-\u001f]/g, char => JSON.stringify(char).slice(1, -1))
  }
  return text
}

/** Why a bare word must not be mended, if so. */
function mendWord(word: string, repairs: Set<string>): string | undefined {
  if (word === 'true' || word === 'false' || word === 'null' || NUMBER.test(word)) return undefined
  if (Object.hasOwn(PYTHON, word)) repairs.add(`read ${word} as ${PYTHON[word]}`)
  else if (NOT_A_NUMBER.test(word)) return `${word} is no JSON number`
  else if (word === 'undefined') return 'undefined is no JSON value'
  else if (/^(?:\.{2,}|…)$/.test(word)) repairs.add('left out an ellipsis')
  else if (NUMBER_LIKE.test(word) && word !== '.') return `${word} is no JSON number`
  else repairs.add('added missing quotes')
  return undefined
}
