import { defaultSignature, initSignature, type Signature, type TensorInfo } from '../../servable.ts'
import type { NumericTensor } from '../../tensor.ts'
import type { Layout, PredictDocument } from './decode-predict.ts'
import { isScanned, scanNumbers } from './numbers/number-list.ts'

/**
 * The requests that most clients send, in one pass: an object of `signature_name` and either `instances` (a plain
 * list) or `inputs` (a list, or an object of lists), all numbers. Undefined for everything else, wrong or not:
 * `decodePredict` reads those, and gives the same answer where this one gives any.
 */
export function fastPredict(
  body: Uint8Array,
  signatures: ReadonlyMap<string, Signature>,
  unnamed = defaultSignature,
): PredictDocument | undefined {
  return new FastPredict(Buffer.from(body.buffer, body.byteOffset, body.length), signatures, unnamed).read()
}

class FastPredict {
  private readonly source: Buffer
  private readonly signatures: ReadonlyMap<string, Signature>
  /** The signature of a request that names none. */
  private readonly unnamed: string
  private position = 0
  private named: string | undefined
  private layout: Layout | undefined
  private readonly inputs = new Map<string, NumericTensor>()

  constructor(source: Buffer, signatures: ReadonlyMap<string, Signature>, unnamed: string) {
    this.source = source
    this.unnamed = unnamed
    this.signatures = signatures
  }

  read(): PredictDocument | undefined {
    if (!this.object((name) => this.member(name)) || this.layout === undefined) return undefined
    return { signature: this.named ?? this.unnamed, layout: this.layout, inputs: this.inputs }
  }

  private member(name: string): boolean {
    if (name === 'signature_name') {
      const signature = this.string()
      // A name after the tensors came too late: they were read by the default signature.
      if (!signature || this.named !== undefined || this.layout !== undefined) return false
      this.named = signature
      return true
    }
    if (this.layout !== undefined) return false
    const signature = this.signatures.get(this.named ?? this.unnamed)
    if (!signature || (this.named ?? this.unnamed) === initSignature) return false
    if (name === 'instances') this.layout = 'row'
    else if (name === 'inputs') this.layout = 'columnar'
    else return false
    return this.tensors(signature, this.layout)
  }

  private tensors({ inputs }: Signature, layout: Layout): boolean {
    this.skipSpace()
    const byte = this.source[this.position]
    if (byte === 0x7b && layout === 'columnar') {
      return this.object((name) => this.column(name, inputs)) && this.inputs.size === inputs.size
    }
    if (inputs.size !== 1 || (byte !== 0x5b && layout === 'row')) return false
    for (const [name, info] of inputs) return this.tensor(name, info)
    return false
  }

  private column(name: string, inputs: Signature['inputs']): boolean {
    const info = inputs.get(name)
    return info !== undefined && !this.inputs.has(name) && this.tensor(name, info)
  }

  private tensor(name: string, { dtype }: TensorInfo): boolean {
    if (!isScanned(dtype)) return false
    const list = scanNumbers(this.source, this.position, dtype)
    if (!list) return false
    this.position = list.end
    this.inputs.set(name, { dtype, shape: list.shape, data: list.data })
    return true
  }

  /** `{"name": value, …}` where `member` reads the value. */
  private object(member: (name: string) => boolean): boolean {
    if (!this.take(0x7b)) return false
    do {
      const name = this.string()
      if (name === undefined || !this.take(0x3a) || !member(name)) return false
    } while (this.take(0x2c))
    return this.take(0x7d)
  }

  private take(byte: number): boolean {
    this.skipSpace()
    if (this.source[this.position] !== byte) return false
    this.position++
    return true
  }

  /** A short string of plain characters. */
  private string(): string | undefined {
    if (!this.take(0x22)) return undefined
    const start = this.position
    const end = this.source.indexOf(0x22, start)
    if (end < 0 || end - start > 256) return undefined
    for (let position = start; position < end; position++) {
      const byte = this.source[position] ?? 0
      if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return undefined
    }
    this.position = end + 1
    return this.source.toString('latin1', start, end)
  }

  private skipSpace(): void {
    for (;;) {
      const byte = this.source[this.position]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.position++
    }
  }
}
