import { expect, test } from 'vitest'
import { npyHeader } from './npy.ts'

test.each([[[60000, 28, 28]], [[10000]], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]]])(
  'the header of %j is a whole number of 64-byte blocks that names its own length',
  (shape) => {
    const header = npyHeader(shape)
    expect(header.length % 64).toBe(0)
    expect(header.readUInt16LE(8)).toBe(header.length - 10)
    expect(header.at(-1)).toBe(0x0a)
    expect(header.toString('latin1')).toContain(`'shape': (${shape.join(', ')},)`)
  },
)
