import type { Json } from '../world.ts'

/** The longest text of a player that reaches a prompt, in code points. */
const MAX_CODE_POINTS = 280

/** More than enough for what is kept, so that a player's novel costs nothing. */
const MAX_READ = 4096

/** The field that marks it. */
export const UNTRUSTED_KEY = '$untrusted'

/** Marks text that players or other models wrote: it is fenced, capped and never part of the static prefix. */
export function untrusted(text: string): { readonly $untrusted: string } {
  return { $untrusted: text }
}

/** Nothing but marked text: an object with more fields is written field by field. */
export function isUntrusted(value: Json): value is { readonly $untrusted: string } {
  if (typeof value !== 'object' || value === null || !(UNTRUSTED_KEY in value)) return false
  return typeof value[UNTRUSTED_KEY] === 'string' && Object.keys(value).length === 1
}

/**
 * `⟦…⟧` on one line. Inside, nothing is left that could close the fence, open a tag, a special token, a code fence or a JSON
 * string, or start a line of its own; what is cut off is marked with `…`.
 */
export function fenceUntrusted({ $untrusted }: { readonly $untrusted: string }): string {
  const read = firstUnits($untrusted, MAX_READ)
  const words = read
    .toWellFormed()
    // Look-alikes, such as full-width brackets, become what they look like; a letter keeps two of its marks.
    .normalize('NFKC')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/<[^<>]{0,64}>/gu, ' ')
    // Control, invisible and line-breaking characters, and everything that means something in a prompt of ours.
    .replace(/[\p{C}\p{DI}\p{Zl}\p{Zp}<>⟦⟧〚〛{}[\]"`|\\▁]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  const codePoints = Array.from(words)
  if (codePoints.length > MAX_CODE_POINTS) return `⟦${codePoints.slice(0, MAX_CODE_POINTS).join('')}…⟧`
  return read === $untrusted ? `⟦${words}⟧` : `⟦${words}…⟧`
}

/** Never half of a character. */
function firstUnits(text: string, units: number): string {
  if (text.length <= units) return text
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(units - 1)) ? units - 1 : units)
}
