/** The parts of mistral-tokenizer-js that we and our tests use; it ships no types. */
declare module 'mistral-tokenizer-js' {
  const tokenizer: {
    /** Every token's text, a blank as `▁`; the first 259 are no text: special tokens, then single bytes. */
    readonly vocabById: readonly string[]
    readonly vocabByString: ReadonlyMap<string, number>
    /** `left right`, as a number that is lower the earlier they merge. */
    readonly merges: ReadonlyMap<string, number>
    encode(text: string, addBeginOfText: boolean, addPrecedingBlank: boolean): number[]
  }
  export default tokenizer
}
