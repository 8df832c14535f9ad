/** One feature's values; `undefined` for a feature that is there but holds nothing. */
export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'float'; readonly values: readonly number[] }
  | { readonly kind: 'int64'; readonly values: readonly bigint[] }
  | undefined

/**
 * tensorflow.Example { features 1 { feature 1 map<string, Feature { bytes_list 1, float_list 2, int64_list 3 }> } },
 * each list { value 1 }, numbers packed.
 */
export function encodeExample(features: ReadonlyMap<string, Feature>): Buffer {
  const entries = [...features].map(([name, feature]) =>
    lengthDelimited(
      1,
      Buffer.concat([lengthDelimited(1, Buffer.from(name)), lengthDelimited(2, encodeFeature(feature))]),
    ),
  )
  return lengthDelimited(1, Buffer.concat(entries))
}

function encodeFeature(feature: Feature): Buffer {
  if (!feature) return Buffer.alloc(0)
  if (feature.kind === 'bytes') {
    return lengthDelimited(1, Buffer.concat(feature.values.map((value) => lengthDelimited(1, value))))
  }
  if (feature.kind === 'int64') {
    return lengthDelimited(3, lengthDelimited(1, Buffer.concat(feature.values.map(varint))))
  }
  const floats = Buffer.allocUnsafe(feature.values.length * 4)
  for (const [index, value] of feature.values.entries()) floats.writeFloatLE(value, index * 4)
  return lengthDelimited(2, lengthDelimited(1, floats))
}

function lengthDelimited(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(bytes.length)), bytes])
}

/** Negative numbers take ten bytes, as int64 does. */
function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
