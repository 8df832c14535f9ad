import { invalidArgument, type StatusError } from '../../status.ts'
import { elementCount } from '../../tensor.ts'

/** What stands before an array's bytes: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
export interface NpyHeader {
  /** NumPy's letter of the kind, b i u f S U and others; the bytes of one element. */
  readonly kind: string
  readonly width: number
  readonly isBigEndian: boolean
  readonly isColumnMajor: boolean
  readonly shape: readonly number[]
  /** Where the bytes of the array start. */
  readonly end: number
}

const magic = Buffer.from('\x93NUMPY', 'latin1')
const longestHeaderBytes = 64 * 1024
const mostDimensions = 64
const mostElements = 2 ** 40

/** Throws StatusError INVALID_ARGUMENT. Source: NumPy's format description, versions 1.0 to 3.0. */
export function readNpyHeader(file: Buffer): NpyHeader {
  if (!file.subarray(0, 6).equals(magic)) throw refused('it does not begin as a .npy file does')
  const [major = 0] = file.subarray(6)
  const lengthBytes = major === 1 ? 2 : 4
  const start = 8 + lengthBytes
  if (major < 1 || major > 3 || file.length < start) throw refused(`format version ${major} is unknown`)
  const length = file.readUIntLE(8, lengthBytes)
  if (length > longestHeaderBytes || start + length > file.length) throw refused('its header is cut off')
  const text = file.toString('utf8', start, start + length)
  return { ...elementOf(text), ...layoutOf(text), end: start + length }
}

function elementOf(text: string): Pick<NpyHeader, 'kind' | 'width' | 'isBigEndian'> {
  const [, descr] = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text) ?? []
  if (descr === undefined) throw refused('arrays of records are not understood')
  const [, order = '', kind = '', digits = ''] = /^([<>|=]?)([a-zA-Z])(\d{1,9})?$/.exec(descr) ?? []
  if (kind === 'O') throw refused('arrays of Python objects are refused, because reading them runs code')
  if (kind === '' || digits === '') throw refused(`dtype ${descr} is not understood`)
  return { kind, width: Number(digits) * (kind === 'U' ? 4 : 1), isBigEndian: order === '>' }
}

function layoutOf(text: string): Pick<NpyHeader, 'isColumnMajor' | 'shape'> {
  const [, order] = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text) ?? []
  const [, sizes] = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text) ?? []
  if (order === undefined || sizes === undefined) throw refused('its header is incomplete')
  const shape = (sizes.match(/\d+/g) ?? []).map(Number)
  // TensorFlow ends the process where the sizes overflow, even of an array without elements.
  if (elementCount(shape.filter((size) => size > 0)) > mostElements) throw refused('its shape is too large')
  if (shape.length > mostDimensions) throw refused(`it has more than ${mostDimensions} dimensions`)
  return { isColumnMajor: order === 'True', shape }
}

export const refused = (reason: string): StatusError =>
  invalidArgument(`The NumPy array cannot be read: ${reason}`)
