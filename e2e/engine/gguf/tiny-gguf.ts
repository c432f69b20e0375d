import { CHAT_TEMPLATE } from './chat-template.ts'
import { GgufWriter } from './gguf-writer.ts'
import { seededRandom } from './seeded-random.ts'
import { BEGIN_ID, END_ID, UNKNOWN_ID, vocabulary } from './vocabulary.ts'

/**
 * The sizes of the layers are no multiples of 4 on purpose: so the engine's fast kernels, which sum in another order when several
 * tokens are computed at once, never apply, and a seeded reply is the same alone and among others.
 */
const EMBEDDING = 66
const FEED_FORWARD = 130
const HEADS = 3
const HEAD_SIZE = EMBEDDING / HEADS
const LAYERS = 2
const CONTEXT = 8192
/** How far the random part of the logits spreads. */
const LOGIT_DEVIATION = 2
/** Rare ends: replies are some hundred tokens long. */
const END_BIAS = -4
/**
 * Dimension 0 of every embedding is this constant, and no layer writes to it. So behind the last norm it is nearly constant too, and
 * the output's weight for it is a bias for each token.
 */
const BIAS_LANE = 3

/**
 * A model file of 1.3 MB whose weights are random: of the architecture of Llama, with 317 658 parameters, none of them trained. It
 * knows nothing, but what it writes depends on all that it has read. The same bytes for the same seed on every machine: nothing
 * but whole numbers, the four operations and square roots, which are exact everywhere.
 */
export function tinyGguf(seed: number): Buffer {
  const words = vocabulary(END_BIAS)
  const random = seededRandom(seed)
  const writer = new GgufWriter()

  const metadata: readonly (readonly [string, 'u32' | 'f32' | 'string', number | string])[] = [
    ['general.architecture', 'string', 'llama'],
    ['general.name', 'string', `random-tiny-llama-seed${seed}`],
    ['general.description', 'string', `Random weights, seed ${seed}. Knows nothing; for tests of streaming code.`],
    ['general.alignment', 'u32', 32],
    ['general.file_type', 'u32', 0],
    ['llama.vocab_size', 'u32', words.tokens.length],
    ['llama.context_length', 'u32', CONTEXT],
    ['llama.embedding_length', 'u32', EMBEDDING],
    ['llama.block_count', 'u32', LAYERS],
    ['llama.feed_forward_length', 'u32', FEED_FORWARD],
    ['llama.attention.head_count', 'u32', HEADS],
    ['llama.attention.head_count_kv', 'u32', HEADS],
    ['llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5],
    ['llama.rope.dimension_count', 'u32', HEAD_SIZE],
    ['llama.rope.freq_base', 'f32', 10000],
    ['tokenizer.ggml.model', 'string', 'llama'],
  ]
  for (const [key, type, value] of metadata) writer.set(key, type, value)
  writer.setArray('tokenizer.ggml.tokens', 'string', words.tokens)
  writer.setArray('tokenizer.ggml.scores', 'f32', words.scores)
  writer.setArray('tokenizer.ggml.token_type', 'i32', words.types)
  writer.set('tokenizer.ggml.bos_token_id', 'u32', BEGIN_ID)
  writer.set('tokenizer.ggml.eos_token_id', 'u32', END_ID)
  writer.set('tokenizer.ggml.unknown_token_id', 'u32', UNKNOWN_ID)
  writer.set('tokenizer.ggml.eot_token_id', 'u32', words.endOfTurnId)
  writer.set('tokenizer.ggml.add_bos_token', 'bool', true)
  writer.set('tokenizer.ggml.add_eos_token', 'bool', false)
  writer.set('tokenizer.ggml.add_space_prefix', 'bool', false)
  writer.set('tokenizer.chat_template', 'string', CHAT_TEMPLATE)

  // The order of the tensors is the order of the random numbers.
  const add = (
    name: string,
    columns: number,
    rows: number | undefined,
    weight: (column: number, row: number) => number,
  ) => {
    const data = new Float32Array(columns * (rows ?? 1))
    for (let i = 0; i < data.length; i++) data[i] = weight(i % columns, Math.floor(i / columns))
    writer.add({ name, dimensions: rows === undefined ? [columns] : [columns, rows], data })
  }
  const scaled = (deviation: number) => () => random.normal() * deviation
  const besideLane = (deviation: number) => (_: number, row: number) => {
    const weight = random.normal() * deviation
    return row === 0 ? 0 : weight
  }
  const perInput = 1 / Math.sqrt(EMBEDDING)
  const one = () => 1

  add('token_embd.weight', EMBEDDING, words.tokens.length, column => {
    const weight = random.normal()
    return column === 0 ? BIAS_LANE : weight
  })
  for (let layer = 0; layer < LAYERS; layer++) {
    const block = `blk.${layer}.`
    add(`${block}attn_norm.weight`, EMBEDDING, undefined, one)
    // A wide spread, so that attention picks few places, and what was written before decides what comes.
    add(`${block}attn_q.weight`, EMBEDDING, EMBEDDING, scaled(2 * perInput))
    add(`${block}attn_k.weight`, EMBEDDING, EMBEDDING, scaled(2 * perInput))
    add(`${block}attn_v.weight`, EMBEDDING, EMBEDDING, scaled(perInput))
    add(`${block}attn_output.weight`, EMBEDDING, EMBEDDING, besideLane(perInput))
    add(`${block}ffn_norm.weight`, EMBEDDING, undefined, one)
    add(`${block}ffn_gate.weight`, EMBEDDING, FEED_FORWARD, scaled(perInput))
    add(`${block}ffn_up.weight`, EMBEDDING, FEED_FORWARD, scaled(perInput))
    add(`${block}ffn_down.weight`, FEED_FORWARD, EMBEDDING, besideLane(2 * (1 / Math.sqrt(FEED_FORWARD))))
  }
  add('output_norm.weight', EMBEDDING, undefined, one)
  // About what the last norm leaves of the lane: every layer adds roughly 1 to the variance of the rest.
  const rms = Math.sqrt((BIAS_LANE * BIAS_LANE + (EMBEDDING - 1) * (1 + LAYERS)) / EMBEDDING)
  add('output.weight', EMBEDDING, words.tokens.length, (column, row) => {
    const weight = random.normal() * LOGIT_DEVIATION * perInput
    return column === 0 ? (words.biases[row] ?? 0) / (BIAS_LANE / rms) : weight
  })
  return writer.file()
}
