/**
 * Whether AWS's pattern text fits the whole value. The text is written for Java: `\A`, `\z` and POSIX classes are
 * read as Java reads them.
 */
export function matchesPattern(pattern: string, value: string): boolean {
  return value.length <= matchedCharacters && compiled(pattern).test(value)
}

/** Bounds what a pattern that backtracks can cost, for values whose shape has no maximum of its own. */
const matchedCharacters = 8192

/** Holds as many entries as there are patterns declared. */
const cache = new Map<string, RegExp>()

function compiled(pattern: string): RegExp {
  const known = cache.get(pattern)
  if (known) return known
  const expression = compile(pattern)
  cache.set(pattern, expression)
  return expression
}

function compile(pattern: string): RegExp {
  const whole = `^(?:${fromJava(pattern)})$`
  try {
    return new RegExp(whole, 'u')
  } catch {
    // A class such as `[\w-.]` is an error only in unicode mode.
    return new RegExp(whole)
  }
}

const posix: Readonly<Record<string, string>> = {
  '\\p{Print}': '\\x20-\\x7e',
  '\\p{Graph}': '\\x21-\\x7e',
  '\\p{Alnum}': 'A-Za-z0-9',
  '\\p{Alpha}': 'A-Za-z',
  '\\p{Digit}': '0-9',
}

function fromJava(pattern: string): string {
  let inClass = false
  return pattern.replace(/\\[pP]\{\w+\}|\\.|[[\]]/gs, (token) => {
    if (token === '[') inClass = true
    if (token === ']') inClass = false
    const range = posix[token]
    if (range) return inClass ? range : `[${range}]`
    if (token === '\\A') return '^'
    if (token === '\\z' || token === '\\Z') return '$'
    // Unicode mode refuses escapes without need, such as `\_`.
    return /^\\[_:@=,;!"#%&'<>~` ]$/.test(token) ? token.slice(1) : token === '\\-' && !inClass ? '-' : token
  })
}
