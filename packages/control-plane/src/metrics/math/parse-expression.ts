/**
 * A formula of metric math:
 *
 *     100 * (loss - MIN([loss, best])) / best ^ 2
 *     AVG(METRICS("loss"))
 */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  /** The id of another query. */
  | { readonly kind: 'reference'; readonly id: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: 'negation'; readonly of: Expression }
  | {
      readonly kind: 'operation'
      readonly operator: Operator
      readonly left: Expression
      readonly right: Expression
    }
export type Operator = '+' | '-' | '*' | '/' | '^'

/** Why a formula cannot be worked out. */
export class MathError extends Error {}

/** Throws MathError. Source: CloudWatch User Guide, "Metric math syntax and functions". */
export function parseExpression(text: string): Expression {
  const tokens = new Tokens(text)
  const expression = sum(tokens)
  tokens.end()
  return expression
}

/** The ids that a formula names. */
export function referencesIn(expression: Expression): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (part: Expression): void => {
    if (part.kind === 'reference') found.add(part.id)
    else if (part.kind === 'list') part.items.forEach(visit)
    else if (part.kind === 'call') part.given.forEach(visit)
    else if (part.kind === 'negation') visit(part.of)
    else if (part.kind === 'operation') [part.left, part.right].forEach(visit)
  }
  visit(expression)
  return found
}

function sum(tokens: Tokens): Expression {
  return leftToRight(tokens, ['+', '-'], product)
}

function product(tokens: Tokens): Expression {
  return leftToRight(tokens, ['*', '/'], signed)
}

function leftToRight(
  tokens: Tokens,
  operators: readonly Operator[],
  operand: (tokens: Tokens) => Expression,
): Expression {
  let left = operand(tokens)
  for (;;) {
    const operator = operators.find((sign) => tokens.take(sign))
    if (operator === undefined) return left
    left = { kind: 'operation', operator, left, right: operand(tokens) }
  }
}

/** -2 ^ 2 is -(2 ^ 2). */
function signed(tokens: Tokens): Expression {
  return tokens.deeper(() => {
    if (tokens.take('-')) return { kind: 'negation', of: signed(tokens) }
    return tokens.take('+') ? signed(tokens) : power(tokens)
  })
}

function power(tokens: Tokens): Expression {
  const left = operand(tokens)
  return tokens.take('^') ? { kind: 'operation', operator: '^', left, right: signed(tokens) } : left
}

function operand(tokens: Tokens): Expression {
  if (tokens.take('(')) {
    const inner = sum(tokens)
    tokens.need(')')
    return inner
  }
  if (tokens.take('[')) return { kind: 'list', items: listUntil(']', tokens) }
  const word = tokens.word()
  if (/^["']/.test(word)) return { kind: 'text', value: word.slice(1, -1) }
  if (/^[\d.]/.test(word)) return { kind: 'number', value: Number(word) }
  if (tokens.take('(')) return { kind: 'call', name: word, given: listUntil(')', tokens) }
  return { kind: 'reference', id: word }
}

function listUntil(end: ']' | ')', tokens: Tokens): readonly Expression[] {
  const items: Expression[] = []
  if (tokens.take(end)) return items
  do items.push(sum(tokens))
  while (tokens.take(','))
  tokens.need(end)
  return items
}

const token = /\s*(?:([A-Za-z_]\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|"[^"]*"|'[^']*')|(\S))/y

/** A formula of 2,048 characters could else be deeper than the stack. */
const limitDepth = 200

class Tokens {
  readonly #text: string
  /** What comes next; null at the end. */
  #next: RegExpExecArray | null = null
  #position = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text.trimEnd()
    this.#advance(0)
  }

  /** Whether the sign comes next; it is behind us then. */
  take(sign: string): boolean {
    if (this.#next?.[2] !== sign) return false
    this.#advance(this.#next[0].length)
    return true
  }

  need(sign: string): void {
    if (!this.take(sign)) throw this.#unexpected()
  }

  /** A name, a number or a text. */
  word(): string {
    const [whole = '', word] = this.#next ?? []
    if (word === undefined) throw this.#unexpected()
    this.#advance(whole.length)
    return word
  }

  end(): void {
    if (this.#next) throw this.#unexpected()
  }

  deeper<T>(read: () => T): T {
    if (++this.#depth > limitDepth) throw new MathError('the expression is nested too deeply')
    const result = read()
    this.#depth--
    return result
  }

  #advance(length: number): void {
    this.#position += length
    token.lastIndex = this.#position
    this.#next = token.exec(this.#text)
  }

  #unexpected(): MathError {
    const [whole = '', word, sign] = this.#next ?? []
    const what = this.#next ? `Unexpected '${word ?? sign}'` : 'Unexpected end'
    return new MathError(`${what} at position ${this.#position + Math.max(0, whole.search(/\S/)) + 1}`)
  }
}
