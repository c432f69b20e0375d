/** As SentencePiece numbers them. */
const TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 } as const
/** SentencePiece's visible space. */
const SPACE = '\u2581'

/** The ids that llama.cpp expects when it is told nothing else. */
export const UNKNOWN_ID = 0
export const BEGIN_ID = 1
export const END_ID = 2

const JSON_PIECES = [
  ...['{"', '":', '":"', '","', '",', '"}', '"},', '"},{"', '"]', '"]}', '}]', '}]}', '},', '},{', '},{"', '[{', '[{"'],
  ...['{}', '[]', '":[', '":[{"', '":{', '":{"', `":${SPACE}"`, `",${SPACE}"`, `":${SPACE}`, `,${SPACE}`, `,${SPACE}"`],
  ...[',"', `:${SPACE}`, '\\"', '\\n', '\\u', '\\\\', 'true', 'false', 'null'],
]

const WORDS = `
agent agents agentId plan plans step steps action actions move attack defend gather build wait patrol follow flee heal
trade scout rest craft use drop take give open close target targets position health energy mana gold wood stone iron
food water enemy enemies ally allies player npc guard wolf orc elf knight archer mage worker villager leader squad team
unit units north south east west up down left right near far front back home base tower wall gate bridge river forest
mountain cave road field village castle camp market door chest key sword bow shield potion map path goal goals task
tasks reason thought thoughts say speak message name type id value values count index start end time turn turns day
night hour tick state status idle busy done ready failed error success priority speed range damage level score result
results data item items list object array string number integer boolean the and for with that this from they will have
not are was but all can had her his one our out day get has him how man new now old see two way who did its let put say
she too use into your some then them than only over such take more most other about which there their would could should
first after before while when where what why because first next last then again here there every each both few many
`
  .trim()
  .split(/\s+/)

export interface Vocabulary {
  readonly tokens: readonly string[]
  readonly scores: readonly number[]
  readonly types: readonly number[]
  /** How likely each token is before the model has looked at anything: added to its logit. */
  readonly biases: readonly number[]
  readonly endOfTurnId: number
}

/**
 * 1750 tokens, among them every byte, so that any text goes in and comes out again; words of games and pieces of JSON are likely,
 * raw bytes are not, and the end of the text is rare.
 */
export function vocabulary(endBias: number): Vocabulary {
  const [tokens, scores, types, biases]: [string[], number[], number[], number[]] = [[], [], [], []]
  const ids = new Map<string, number>()
  const add = (text: string, type: number, score: number, bias: number): number => {
    const known = ids.get(text)
    if (known !== undefined) return known
    const id = tokens.length
    ids.set(text, id)
    tokens.push(text)
    types.push(type)
    scores.push(score)
    biases.push(bias)
    return id
  }
  // Texts are merged pair by pair, so every beginning of a piece is a token too; what is short is merged first.
  const addPiece = (piece: string, bias: number) => {
    const chars = [...piece]
    for (let length = 2; length <= chars.length; length++) {
      add(chars.slice(0, length).join(''), TYPE.normal, -length, length === chars.length ? bias : bias - 2)
    }
    const id = ids.get(piece) ?? UNKNOWN_ID
    biases[id] = Math.max(biases[id] ?? bias, bias)
  }

  add('<unk>', TYPE.unknown, 0, -30)
  add('<s>', TYPE.control, 0, -30)
  add('</s>', TYPE.control, 0, endBias)
  for (let byte = 0; byte < 256; byte++) {
    const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
    add(name, TYPE.byte, 0, byte === 10 ? -4 : byte >= 0x80 ? -9 : -12)
  }
  add('<|im_start|>', TYPE.control, 0, -30)
  const endOfTurnId = add('<|im_end|>', TYPE.control, 0, endBias)
  add('<tool_call>', TYPE.userDefined, 0, -30)
  add('</tool_call>', TYPE.userDefined, 0, -30)
  add(SPACE, TYPE.normal, -1000, 0)
  for (let code = 0x21; code < 0x7f; code++) {
    const char = String.fromCharCode(code)
    add(char, TYPE.normal, -1000, '"{}[]:,0123456789'.includes(char) ? 0.5 : -1.5)
  }
  for (const char of ['é', 'ü', 'ñ', 'ß', '→', '“', '”', '…', '日', '本', '語', '🐺']) add(char, TYPE.normal, -1000, -3)
  for (const piece of JSON_PIECES) addPiece(piece, 0.5)
  for (const word of WORDS) {
    addPiece(SPACE + word, 1)
    addPiece(word, 0)
  }
  for (let number = 10; number < 100; number++) addPiece(String(number), -0.5)
  return { tokens, scores, types, biases, endOfTurnId }
}
