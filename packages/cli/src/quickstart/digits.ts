import { imagePixels } from './mnist.ts'

const size = 28
/** Bits of a Braille cell (2 × 4 dots), row by row. Source: Unicode, block U+2800. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const
const inkAbove = 96

/** The image as seven lines of fourteen Braille characters. */
export function drawDigit(pixels: Uint8Array): string[] {
  if (pixels.length !== imagePixels)
    throw new RangeError(`an image has ${imagePixels} pixels, got ${pixels.length}`)
  return Array.from({ length: size / 4 }, (_, row) =>
    Array.from({ length: size / 2 }, (_, column) => cell(pixels, row * 4, column * 2)).join(''),
  )
}

/** Pictures side by side, with a caption under each. */
export function drawRow(
  digits: readonly { readonly pixels: Uint8Array; readonly caption: string }[],
): string {
  const pictures = digits.map(({ pixels }) => drawDigit(pixels))
  const lines = Array.from({ length: size / 4 }, (_, row) =>
    pictures.map((picture) => picture[row]).join('  '),
  )
  const captions = digits.map(({ caption }) => caption.padEnd(size / 2)).join('  ')
  return [...lines, captions.trimEnd()].join('\n')
}

function cell(pixels: Uint8Array, top: number, left: number): string {
  let bits = 0
  dotBits.forEach((row, y) => {
    row.forEach((bit, x) => {
      if ((pixels[(top + y) * size + left + x] ?? 0) > inkAbove) bits |= bit
    })
  })
  return String.fromCodePoint(0x2800 + bits)
}
