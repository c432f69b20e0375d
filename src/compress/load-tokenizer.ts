// A program that reads this file alone, as an editor does, has to find the types that the package lacks.
/// <reference path="./mistral-tokenizer-js.d.ts" />
import { llama3Tokens } from './llama-3-tokens.ts'
import { mistralTokens } from './mistral-tokens.ts'

/** The models whose tokens can be counted: Hermes 2 Pro on Mistral 7B v0.1 and on Llama 3 8B. */
export type TokenizerName = 'hermes-2-pro-mistral' | 'hermes-2-pro-llama-3'

/** Counts a text's tokens when called. `countTokens` is itself, under the name that `PromptCompressor` has for it. */
export interface Tokenizer {
  (text: string): number
  readonly countTokens: (text: string) => number
}

/**
 * A model's own tokenizer: exact counts, where `PromptCompressor` would estimate. The vocabularies come from packages that are
 * installed beside this one, and are read on the first call (0.2–0.6 s).
 *
 * A text counts as it stands inside a message: without the token that begins a prompt, and without the blank that SentencePiece
 * puts before one. The model's special tokens (`<|im_start|>`; on Llama 3 also `<tool_call>` and the other tags of tools) count
 * as one each, which is how servers read the prompts they are sent.
 *
 * @throws Error when the package is not installed; its message says which. RangeError for a name that is none of those.
 */
export async function loadTokenizer(name: TokenizerName): Promise<Tokenizer> {
  const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  if (!model) throw new RangeError(`there is no tokenizer '${name}': only ${Object.keys(MODELS).join(' and ')}`)
  const countPlain = await model.load().catch((cause: unknown) => {
    throw new Error(`loadTokenizer('${name}') needs the package ${model.from}: npm install ${model.from}`, { cause })
  })
  const countTokens = withSpecialTokens(model.special, countPlain)
  return Object.assign((text: string) => countTokens(text), { countTokens })
}

/** Right behind each import, where it tells bundlers that the package may not be there. */
function missing(cause: unknown): never {
  throw cause
}

interface Model {
  /** The package with the vocabulary. */
  readonly from: string
  readonly load: () => Promise<(text: string) => number>
  /** Each one token. */
  readonly special: RegExp
}

// Imported by names that bundlers can read; each file is a megabyte or more, so that nobody should load it unasked.
const MODELS: Readonly<Record<TokenizerName, Model>> = {
  'hermes-2-pro-mistral': {
    from: 'mistral-tokenizer-js',
    load: async () => mistralTokens((await import('mistral-tokenizer-js').catch(missing)).default),
    special: /<\|im_(?:start|end)\|>|<\/?s>|<unk>/,
  },
  'hermes-2-pro-llama-3': {
    from: 'llama3-tokenizer-js',
    load: async () => llama3Tokens((await import('llama3-tokenizer-js').catch(missing)).default),
    special:
      /<\|(?:im_start|im_end|begin_of_text|end_of_text|start_header_id|end_header_id|eot_id)\|>|<\/?(?:tools|tool_call|tool_response)>/,
  },
}

/** Special tokens are found first, so that no other token reaches into one. */
function withSpecialTokens(special: RegExp, countPlain: (text: string) => number): (text: string) => number {
  return text => {
    // Half characters reach a server as U+FFFD.
    const parts = text.toWellFormed().split(special)
    return parts.reduce((tokens, part) => tokens + countPlain(part), parts.length - 1)
  }
}
