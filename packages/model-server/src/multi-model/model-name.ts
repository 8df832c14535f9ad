import type { ContainerLevel } from '../formats/container-rules.ts'

/**
 * Whether a model may have the name. Level 2.20 has a rule; level 2.19 takes any, so here it is only refused what no
 * path could name again: nothing, `.`, `..`, slashes and control characters.
 * Source: SageMaker TensorFlow Serving container, level 2.20.
 */
export function isModelName(name: string, level: ContainerLevel): boolean {
  if (level === '2.20') return /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name)
  return name.length <= 1024 && name !== '.' && name !== '..' && /^[^/\\\p{Cc}]+$/u.test(name)
}

/** As Python's repr prints it. */
export function quotedName(name: string): string {
  const quote = name.includes("'") && !name.includes('"') ? '"' : "'"
  const escaped = name.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
  const shown = escaped.replaceAll(/\p{Cc}/gu, (character) => controls.get(character) ?? hex(character))
  return `${quote}${shown}${quote}`
}

const controls: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
const hex = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
