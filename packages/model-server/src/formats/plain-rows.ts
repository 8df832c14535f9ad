import { initSignature, type Signature } from '../servable.ts'
import type { PredictDocument } from './json/decode-predict.ts'
import { isScanned, type NumberList, scanNumbers } from './json/numbers/number-list.ts'

export interface RowsRequest {
  readonly body: Uint8Array
  readonly signature: string
  readonly signatures: ReadonlyMap<string, Signature>
}

/**
 * `1,2⏎3,4`: rows of plain numbers for a signature of one input, in one pass. Both levels of the container agree on
 * them. Undefined for everything else, wrong or not: the exact way gives the same answer where this one gives any.
 */
export function fastCsv(request: RowsRequest): PredictDocument | undefined {
  return rows(request, (source, start, dtype) => scanNumbers(source, start, dtype, 'csv'))
}

/** `[1,2]⏎[3,4]`, and in one line `[1,2]` (one instance) or `[[1,2],[3,4]]` (many); otherwise as `fastCsv`. */
export function fastLists(request: RowsRequest): PredictDocument | undefined {
  return rows(request, (source, start, dtype) => {
    if (source[start] !== 0x5b) return undefined
    if (source[skipBlanks(source, start + 1)] === 0x5b) {
      const list = scanNumbers(source, start, dtype)
      if (!list || skipBlanks(source, list.end) === source.length) return list
    }
    return scanNumbers(source, start, dtype, 'lines')
  })
}

type Scan = (
  source: Buffer,
  start: number,
  dtype: Parameters<typeof scanNumbers>[2],
) => NumberList | undefined

function rows({ body, signature, signatures }: RowsRequest, scan: Scan): PredictDocument | undefined {
  const inputs = signature === initSignature ? undefined : signatures.get(signature)?.inputs
  if (inputs?.size !== 1) return undefined
  const source = Buffer.from(body.buffer, body.byteOffset, body.length)
  for (const [name, { dtype }] of inputs) {
    const list = isScanned(dtype) ? scan(source, skipBlanks(source, 0), dtype) : undefined
    if (!list || !isScanned(dtype)) return undefined
    const tensor = { dtype, shape: list.shape, data: list.data }
    return { signature, layout: 'row', inputs: new Map([[name, tensor]]) }
  }
  return undefined
}

function skipBlanks(source: Buffer, start: number): number {
  let position = start
  for (;;) {
    const byte = source[position]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return position
    position++
  }
}
