/** Cuts a stream into parts of the wanted sizes; the last one is what remains, never empty. */
export async function* inParts(
  bytes: AsyncIterable<Uint8Array>,
  sizeOf: (partNumber: number) => number,
): AsyncGenerator<Buffer> {
  let chunks: Uint8Array[] = []
  let size = 0
  let partNumber = 1
  for await (const chunk of bytes) {
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, sizeOf(partNumber) - size)
      rest = rest.subarray(piece.length)
      chunks.push(piece)
      size += piece.length
      if (size < sizeOf(partNumber)) continue
      yield Buffer.concat(chunks, size)
      chunks = []
      size = 0
      partNumber += 1
    }
  }
  if (size > 0) yield Buffer.concat(chunks, size)
}
