import { readFileSync } from 'node:fs'

/** What is used of WebAssembly, which Node's types leave out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** 0: there is more, 1: the value ended, 2: not plainly a list of numbers. */
  scan(lengthBytes: number, isLast: 0 | 1, start: number): number
}

// Addresses as in assembly/memory.ts.
const tens = 576
const powers = 1024
const fives = 3072
const greatestPower = 64

export const levelSpans = 16
export const textStart = 8192
export const windowBytes = 65536
export const outputStart = textStart + windowBytes + 64

/** Scanning never waits, so that one instance per thread is enough. */
const file = readFileSync(new URL('../../../../wasm/number-scanner.wasm', import.meta.url))
const instance = new WebAssembly.Instance(new WebAssembly.Module(file), {
  'number-scanner': {
    exactly: (start: number, end: number) => Number(memory.toString('latin1', start, end)),
  },
})
const exported = instance.exports as Exports
export const scan = exported.scan
export const memory = Buffer.from(exported.memory.buffer)
/** 0: bytes read of the window, 1: numbers so far, 2: levels; at `levelSpans`, the numbers in each level's lists. */
export const state = new Int32Array(exported.memory.buffer)

const whole = new BigUint64Array(exported.memory.buffer)
const doubles = new Float64Array(exported.memory.buffer)
for (let exponent = 0; exponent <= 8; exponent++) whole[tens / 8 + exponent] = 10n ** BigInt(exponent)
for (let exponent = -greatestPower; exponent <= greatestPower; exponent++) {
  doubles[powers / 8 + greatestPower + exponent] = Number(`1e${exponent}`)
  whole[fives / 8 + greatestPower + exponent] = upperBits(exponent)
}

/** The upper 64 bits of 5^exponent, cut off. */
function upperBits(exponent: number): bigint {
  const power = 5n ** BigInt(Math.abs(exponent))
  const scaled = exponent < 0 ? (1n << 256n) / power : power << 64n
  return scaled >> BigInt(scaled.toString(2).length - 64)
}
