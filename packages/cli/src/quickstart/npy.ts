/**
 * Header of a NumPy file of unsigned bytes, version 1.0, padded to a multiple of 64:
 * `\x93NUMPY 01 00 <length: u16le> {'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28), }   \n`.
 * Source: NumPy's format specification, `numpy.lib.format`.
 */
export function npyHeader(shape: readonly number[]): Buffer {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`
  const prefixBytes = 10
  const padded = text.padEnd(Math.ceil((prefixBytes + text.length + 1) / 64) * 64 - prefixBytes - 1)
  const length = Buffer.alloc(2)
  length.writeUInt16LE(padded.length + 1)
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(`${padded}\n`, 'latin1'),
  ])
}
