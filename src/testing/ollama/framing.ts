import type { Fault } from './fault.ts'

/** How the bytes of a stream leave when somebody on the way has changed them, and nothing of what they say. */
export interface Framing {
  /** The pieces of one line or event, each by itself on the wire. */
  readonly pieces?: (text: string, isFirst: boolean) => readonly Uint8Array[]
  readonly contentType?: string
}

/** `undefined` for faults of any other sort. */
export function framingOf(fault: Fault): Framing | undefined {
  switch (fault.kind) {
    case 'crlf':
      return { pieces: text => [utf8(text.replaceAll('\n', '\r\n'))] }
    case 'blank-lines':
      return { pieces: text => [utf8(`\n${text}\r\n\n`)] }
    case 'bom':
      return { pieces: (text, isFirst) => [utf8(isFirst ? `\uFEFF${text}` : text)] }
    case 'split-characters':
      return { pieces: text => cutInCharacters(utf8(text)) }
    case 'content-type':
      return { contentType: fault.contentType }
    default:
      return undefined
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A cut before each byte that goes on with a character. */
function cutInCharacters(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let start = 0
  for (const [at, byte] of bytes.entries()) {
    if ((byte & 0b1100_0000) !== 0b1000_0000) continue
    pieces.push(bytes.subarray(start, at))
    start = at
  }
  return [...pieces, bytes.subarray(start)]
}
