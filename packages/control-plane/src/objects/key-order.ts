// S3 lists keys in the order of their UTF-8 bytes, which is that of their code points, and which JavaScript's own
// comparison of strings is not.

/** The least key above all that start with `prefix`; undefined when there is none such. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix]
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next)
  }
  return undefined
}

/** The least key above this one. */
export function afterKey(key: string): string {
  return `${key}\0`
}

/** For `sort`. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
