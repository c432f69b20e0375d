import type { Json } from '../world.ts'

/** The longest text of a player that reaches a prompt, in code points. */
const MAX_CODE_POINTS = 280

/** Marks text that players or other models wrote: it is fenced, capped and never part of the static prefix. */
export function untrusted(text: string): { readonly $untrusted: string } {
  return { $untrusted: text }
}

export function isUntrusted(value: Json): value is { readonly $untrusted: string } {
  return typeof value === 'object' && value !== null && '$untrusted' in value && typeof value.$untrusted === 'string'
}

/**
 * `⟦…⟧` on one line. Inside, nothing is left that could close the fence, open a tag, a special token, a code fence or a JSON
 * string, or start a line of its own; what is cut off is marked with `…`.
 */
export function fenceUntrusted({ $untrusted }: { readonly $untrusted: string }): string {
  const words = $untrusted
    .toWellFormed()
    .replace(/<[^<>]{0,64}>/gu, ' ')
    // Control, format and line-breaking characters, and everything that means something in a prompt of ours.
    .replace(/[\p{C}\p{Zl}\p{Zp}<>⟦⟧{}[\]"`|\\]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  const codePoints = Array.from(words)
  return codePoints.length > MAX_CODE_POINTS ? `⟦${codePoints.slice(0, MAX_CODE_POINTS).join('')}…⟧` : `⟦${words}⟧`
}
