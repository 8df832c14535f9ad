/** Whether it is one of the system's or the database's errors, by its code: `ENOENT`, `SQLITE_FULL`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** For `catch`: of what is not there comes undefined; everything else is thrown on. */
export function unlessAbsent(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error
}
