export interface LineSplitter {
  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string[]
  /** The last line, if it had no end. */
  end(): string[]
}

/**
 * Bytes into lines, at `\n` alone: progress bars redraw theirs with `\r`. Invalid UTF-8 becomes U+FFFD, and a
 * line longer than `limitBytes` of UTF-8 goes on in the next one, so memory stays bounded.
 */
export function lineSplitter(limitBytes: number): LineSplitter {
  let pending: Buffer = Buffer.alloc(0)
  return {
    push(bytes) {
      const all = Buffer.concat([pending, bytes])
      const last = all.lastIndexOf(10)
      const lines = last < 0 ? [] : linesOf(all.subarray(0, last), limitBytes)
      let start = last + 1
      for (; all.length - start > limitBytes; ) {
        const end = start + wholeCharacters(all.subarray(start, start + limitBytes))
        lines.push(...piecesOf(decoder.decode(all.subarray(start, end)), limitBytes))
        start = end
      }
      pending = all.subarray(start)
      return lines
    },
    end() {
      const rest = pending
      pending = Buffer.alloc(0)
      return rest.length === 0 ? [] : piecesOf(decoder.decode(rest), limitBytes)
    },
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** All lines are decoded at once: no character, broken or not, goes beyond the end of its line. */
function linesOf(whole: Buffer, limitBytes: number): string[] {
  const lines = decoder.decode(whole).split('\n')
  return lines.some((line) => line.endsWith('\r') || line.length * 3 > limitBytes)
    ? lines.flatMap((line) => piecesOf(line.endsWith('\r') ? line.slice(0, -1) : line, limitBytes))
    : lines
}

function piecesOf(text: string, limitBytes: number): string[] {
  // U+FFFD takes three bytes where the invalid byte took one.
  if (text.length * 3 <= limitBytes || Buffer.byteLength(text) <= limitBytes) return [text]
  const bytes = Buffer.from(text)
  const texts: string[] = []
  for (let start = 0; start < bytes.length; ) {
    const piece = bytes.subarray(start, start + limitBytes)
    const length = start + limitBytes < bytes.length ? wholeCharacters(piece) : piece.length
    texts.push(piece.subarray(0, length).toString())
    start += length
  }
  return texts
}

/** The length of `bytes` without a character cut off at its end; all of it when that is no UTF-8. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return wanted > back && back < bytes.length ? bytes.length - back : bytes.length
  }
  return bytes.length
}
