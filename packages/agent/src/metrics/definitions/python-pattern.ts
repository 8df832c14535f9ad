/** A pattern that cannot be searched with here, and why. */
export class PatternError extends Error {}

/**
 * A pattern in the syntax of Python's `re`, which is what users write metric definitions in, as one of JavaScript.
 * Throws PatternError for what is no pattern and for what JavaScript has no equal of: atomic groups, possessive
 * repetition, conditions, flags for a part. `\w`, `\d` and `\b` know ASCII only. Source: Python 3, `re`.
 */
export function fromPythonPattern(pattern: string): RegExp {
  const source = new Translation(pattern)
  try {
    return new RegExp(source.translate(), source.flags)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new PatternError('it is not a regular expression', { cause: error })
  }
}

class Translation {
  flags = ''
  readonly #pattern: string
  #isVerbose = false
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  translate(): string {
    for (let found = this.#take(globalFlags); found; found = this.#take(globalFlags))
      this.#setFlags(found[1] ?? '')
    let text = ''
    while (this.#at < this.#pattern.length) text += this.#next()
    return text
  }

  #setFlags(letters: string): void {
    const known = [...letters].filter((letter) => 'ims'.includes(letter) && !this.flags.includes(letter))
    this.flags += known.join('')
    this.#isVerbose ||= letters.includes('x')
  }

  #next(): string {
    if (this.#isVerbose && this.#take(verboseSpace)) return ''
    if (this.#take(/\\/y)) return this.#escape('outside')
    if (this.#take(/\[/y)) return this.#class()
    if (this.#take(/\(\?/y)) return this.#extension()
    // JavaScript would take a missing minimum for plain text.
    const upTo = this.#take(/\{,(\d+)\}/y)
    if (upTo) return `{0,${upTo[1]}}`
    // JavaScript's dot stops at more line ends than Python's.
    if (this.#take(/\./y)) return this.flags.includes('s') ? '[^]' : '[^\\n]'
    return this.#one()
  }

  /** After the backslash. */
  #escape(place: 'outside' | 'in a class'): string {
    const wide = this.#take(/U([0-9a-fA-F]{8})/y)
    if (wide) return literal(Number.parseInt(wide[1] ?? '', 16))
    const letter = this.#one()
    if (letter === 'a') return '\\x07'
    if (place === 'outside' && letter === 'A') return '(?<![^])'
    if (place === 'outside' && letter === 'Z') return '(?![^])'
    const known = place === 'outside' ? /[bBdDfnrsStuvwWx]/ : /[bdDfnrsStuvwWx]/
    if (letter === '' || (/[a-zA-Z]/.test(letter) && !known.test(letter))) {
      throw new PatternError(`it has the bad escape \\${letter}`)
    }
    return `\\${letter}`
  }

  /** After the opening bracket. A closing one that comes first is an item. */
  #class(): string {
    let text = this.#take(/\^/y) ? '[^' : '['
    if (this.#take(/\]/y)) text += '\\]'
    while (this.#at < this.#pattern.length) {
      if (this.#take(/\]/y)) return `${text}]`
      text += this.#take(/\\/y) ? this.#escape('in a class') : this.#take(/\[/y) ? '\\[' : this.#one()
    }
    throw new PatternError('it has a set of characters without an end')
  }

  /** After `(?`. */
  #extension(): string {
    const plain = this.#take(/:|=|!|<=|<!/y)
    if (plain) return `(?${plain[0]}`
    const named = this.#take(/P<([A-Za-z_]\w*)>/y)
    if (named) return `(?<${named[1]}>`
    const again = this.#take(/P=([A-Za-z_]\w*)\)/y)
    if (again) return `\\k<${again[1]}>`
    if (this.#take(/#[^)]*\)/y)) return ''
    throw new PatternError(
      `it has (?${this.#pattern.slice(this.#at, this.#at + 1)}, which is not supported here`,
    )
  }

  #one(): string {
    const character = this.#pattern.charAt(this.#at)
    this.#at += 1
    return character
  }

  #take(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#pattern)
    if (!found) return undefined
    this.#at += found[0].length
    return found
  }
}

/** Python has them at the start alone. */
const globalFlags = /\(\?([aiLmsux]+)\)/y
const verboseSpace = /\s+|#[^\n]*/y

function literal(codePoint: number): string {
  if (codePoint > 0x10ffff) throw new PatternError('it names a character that is none')
  const text = String.fromCodePoint(codePoint)
  return Array.from({ length: text.length }, (_, index) => {
    return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}
