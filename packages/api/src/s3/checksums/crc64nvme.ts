/** The upper and the lower half, for a number holds no 64 bits. */
export interface Crc64 {
  readonly high: number
  readonly low: number
}
export const emptyCrc64: Crc64 = { high: 0, low: 0 }

/** CRC-64/NVME, bits reflected, starts and ends inverted. Source: NVM Express, NVM Command Set 1.0, 5.2.1.3.4. */
export function crc64nvme(bytes: Uint8Array, before: Crc64 = emptyCrc64): Crc64 {
  let high = ~before.high
  let low = ~before.low
  let at = 0
  const words = bytes.length - (bytes.length % 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (; at < words; at += 8) {
    const a = view.getInt32(at, true) ^ low
    const b = view.getInt32(at + 4, true) ^ high
    const [a0, a1, a2, a3] = [
      0x700 | (a & 255),
      0x600 | ((a >>> 8) & 255),
      0x500 | ((a >>> 16) & 255),
      0x400 | (a >>> 24),
    ]
    const [b0, b1, b2, b3] = [
      0x300 | (b & 255),
      0x200 | ((b >>> 8) & 255),
      0x100 | ((b >>> 16) & 255),
      b >>> 24,
    ]
    high = up(a0) ^ up(a1) ^ up(a2) ^ up(a3) ^ up(b0) ^ up(b1) ^ up(b2) ^ up(b3)
    low = down(a0) ^ down(a1) ^ down(a2) ^ down(a3) ^ down(b0) ^ down(b1) ^ down(b2) ^ down(b3)
  }
  for (; at < bytes.length; at++) {
    const index = (low ^ view.getUint8(at)) & 255
    low = ((low >>> 8) | (high << 24)) ^ down(index)
    high = (high >>> 8) ^ up(index)
  }
  return { high: ~high >>> 0, low: ~low >>> 0 }
}

const polynomialHigh = 0x9a6c9329
const polynomialLow = 0xac4bc9b5
const upper = new Int32Array(8 * 256)
const lower = new Int32Array(8 * 256)
fillTables()

function up(index: number): number {
  return upper[index] ?? 0
}

function down(index: number): number {
  return lower[index] ?? 0
}

/** Entry `256 n + b` is what byte b does to the CRC when n bytes follow it. */
function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte]
    for (let bit = 0; bit < 8; bit++) {
      const out = low & 1
      low = (low >>> 1) | (high << 31)
      high = high >>> 1
      if (out) {
        high ^= polynomialHigh
        low ^= polynomialLow
      }
    }
    upper[byte] = high
    lower[byte] = low
  }
  for (let index = 256; index < upper.length; index++) {
    const [high, low] = [up(index - 256), down(index - 256)]
    upper[index] = (high >>> 8) ^ up(low & 255)
    lower[index] = ((low >>> 8) | (high << 24)) ^ down(low & 255)
  }
}
