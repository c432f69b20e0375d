/** An opener that JSON goes on after, a closer, or a key. */
const JSON_AGAIN = /[{[]\s*["{[\]}]|[}\]]|"(?:[^"\\]|\\.)*"\s*:/

/** Where a line comment ends that no line break ends, in a reply that is one line: where JSON goes on; -1 when it does not. */
export function commentEnd(comment: string): number {
  return comment.search(JSON_AGAIN)
}
