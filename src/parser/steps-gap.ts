/** What stands between two steps: the repairs it took, and anything that was meant as a step but is no object. */
export interface StepsGap {
  readonly repairs: readonly string[]
  readonly stray: string | undefined
}

const QUOTED_OR_NUMBER = /["\d[\]{}]|^'/
const LITERAL = /^(?:null|true|false|None|True|False)$/

/** Reads the text between two steps, where `commas` are due. Bare words are prose; a string, a number or a list is a stray step. */
export function readStepsGap(gap: string, commas: 0 | 1): StepsGap {
  // Other white space than JSON's counts as text, which is said.
  const rest = gap.replace(/[ \t\n\r,]+/g, '')
  if (QUOTED_OR_NUMBER.test(rest) || LITERAL.test(rest))
    return {
      repairs: [],
      stray: gap
        .replace(/^[\s,]+/, '')
        .trimEnd()
        .replace(/,$/, ''),
    }
  const repairs = rest === '' ? [] : ['left out text between the steps']
  const found = gap.split(',').length - 1
  if (found > commas) repairs.push('left out an extra comma')
  else if (found < commas) repairs.push('added a missing comma')
  return { repairs, stray: undefined }
}
