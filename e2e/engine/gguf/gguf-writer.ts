/** The types of GGUF's metadata that a model needs. */
const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const
type ScalarType = 'u32' | 'i32' | 'f32' | 'bool' | 'string'

const ALIGNMENT = 32
const TENSOR_F32 = 0

export interface Tensor {
  readonly name: string
  /** The length of a row first. */
  readonly dimensions: readonly number[]
  readonly data: Float32Array
}

/** A GGUF file, version 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Metadata and tensors in the order given. */
export class GgufWriter {
  readonly #metadata = new ByteWriter()
  #entries = 0
  readonly #tensors: Tensor[] = []

  set(key: string, type: ScalarType, value: number | string | boolean): void {
    this.#begin(key, TYPE[type])
    this.#metadata.scalar(type, value)
  }

  setArray(key: string, type: ScalarType, values: readonly (number | string)[]): void {
    this.#begin(key, TYPE.array)
    this.#metadata.u32(TYPE[type])
    this.#metadata.u64(values.length)
    for (const value of values) this.#metadata.scalar(type, value)
  }

  add(tensor: Tensor): void {
    this.#tensors.push(tensor)
  }

  file(): Buffer {
    const file = new ByteWriter()
    file.bytes(Buffer.from('GGUF'))
    file.u32(3)
    file.u64(this.#tensors.length)
    file.u64(this.#entries)
    file.bytes(this.#metadata.all())
    let offset = 0
    for (const { name, dimensions, data } of this.#tensors) {
      file.string(name)
      file.u32(dimensions.length)
      for (const length of dimensions) file.u64(length)
      file.u32(TENSOR_F32)
      file.u64(offset)
      offset += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT
    }
    file.pad(ALIGNMENT)
    for (const { data } of this.#tensors) {
      const bytes = Buffer.alloc(data.byteLength)
      for (const [i, value] of data.entries()) bytes.writeFloatLE(value, i * 4)
      file.bytes(bytes)
      file.pad(ALIGNMENT)
    }
    return file.all()
  }

  #begin(key: string, type: number): void {
    this.#metadata.string(key)
    this.#metadata.u32(type)
    this.#entries++
  }
}

/** Little-endian. */
class ByteWriter {
  readonly #parts: Buffer[] = []
  #length = 0

  bytes(part: Buffer): void {
    this.#parts.push(part)
    this.#length += part.length
  }

  u32(value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    this.bytes(bytes)
  }

  u64(value: number): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    this.bytes(bytes)
  }

  string(text: string): void {
    const bytes = Buffer.from(text, 'utf8')
    this.u64(bytes.length)
    this.bytes(bytes)
  }

  scalar(type: ScalarType, value: number | string | boolean): void {
    if (type === 'string') {
      this.string(String(value))
      return
    }
    const bytes = Buffer.alloc(type === 'bool' ? 1 : 4)
    const number = Number(value)
    if (type === 'bool') bytes.writeUInt8(number)
    else if (type === 'u32') bytes.writeUInt32LE(number)
    else if (type === 'i32') bytes.writeInt32LE(number)
    else bytes.writeFloatLE(number)
    this.bytes(bytes)
  }

  pad(alignment: number): void {
    const over = this.#length % alignment
    if (over > 0) this.bytes(Buffer.alloc(alignment - over))
  }

  all(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }
}
