/** Whether an error bears one of these codes: `ENOENT` of the system, `Z_DATA_ERROR` of zlib. */
export function hasCode(error: unknown, ...codes: readonly string[]): error is Error {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
