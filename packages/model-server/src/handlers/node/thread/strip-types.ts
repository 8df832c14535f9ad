import { transformSync } from '@swc/wasm-typescript'

/**
 * JavaScript for TypeScript: types become blanks, so that every line and column stays where it was. What is more than
 * types (enums, parameter properties, namespaces) is rewritten, and a source map says where things were.
 * Throws SyntaxError, whose message begins with the place.
 */
export function stripTypes(source: string, path: string): string {
  try {
    return transformSync(source, { mode: 'strip-only', filename: path }).code
  } catch (thrown) {
    if (!isProblem(thrown) || thrown.code !== 'UnsupportedSyntax') throw syntaxError(thrown, path)
  }
  try {
    const { code, map = '' } = transformSync(source, { mode: 'transform', filename: path, sourceMap: true })
    const encoded = Buffer.from(map).toString('base64')
    return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}`
  } catch (thrown) {
    throw syntaxError(thrown, path)
  }
}

/** What the parser throws: a plain object. */
interface Problem {
  readonly code: string
  readonly message: string
  readonly startLine?: number
  readonly startColumn?: number
}

const isProblem = (thrown: unknown): thrown is Problem =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown

function syntaxError(thrown: unknown, path: string): SyntaxError {
  if (!isProblem(thrown)) return new SyntaxError(`${path}: ${String(thrown)}`)
  const { message, startLine = 0, startColumn = 0 } = thrown
  return new SyntaxError(`${path}:${startLine}:${startColumn + 1}: ${message}`)
}
