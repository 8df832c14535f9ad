/**
 * `podman --root "/my data"` → `podman`, `--root`, `/my data`: as a shell splits, with both kinds of quotes and the
 * backslash, and nothing else of a shell.
 */
export function splitWords(line: string): string[] {
  const words = line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+/gs)
  return Array.from(words, ([word]) => unquoted(word))
}

function unquoted(word: string): string {
  return word.replace(
    /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs,
    (_match, escaped?: string, double?: string, single?: string) =>
      escaped ?? double?.replace(/\\(.)/gs, '$1') ?? single ?? '',
  )
}
