import {
  type EnumSchema,
  type FieldSchema,
  type FieldValue,
  isMessageType,
  type Message,
  type MessageSchema,
} from './message-schema.ts'
import { TextProtoError, type Token, tokens } from './text-proto-tokens.ts'

export { TextProtoError } from './text-proto-tokens.ts'

/**
 * Reads protobuf's text format by a schema:
 *
 *     model_config_list { config { name: "m", base_path: "/models/m" model_platform: "tensorflow" } }  # note
 *
 * Throws TextProtoError in the words of protobuf's own parser.
 */
export function parseTextProto(schema: MessageSchema, text: string): Message {
  return new TextProtoParser(text).message(schema, undefined)
}

const nestingLimit = 100

class TextProtoParser {
  private readonly source: Iterator<Token, Token>
  private token: Token
  private depth = 0

  constructor(text: string) {
    this.source = tokens(text)
    this.token = this.source.next().value
  }

  message(schema: MessageSchema, close: string | undefined): Message {
    const message = new Map<string, FieldValue[]>()
    if (++this.depth > nestingLimit) throw this.wrong('Message is too deep.')
    while (!this.isAt(close)) {
      if (close !== undefined && this.token.kind === 'end') throw this.wrong(`Expected "${close}", found "".`)
      this.field(schema, message)
    }
    this.depth--
    this.advance()
    return message
  }

  private isAt(close: string | undefined): boolean {
    return close === undefined ? this.token.kind === 'end' : this.isSymbol(close)
  }

  private field(schema: MessageSchema, message: Map<string, FieldValue[]>): void {
    const name = this.token
    if (name.kind !== 'identifier') throw this.wrong(`Expected identifier, got: ${name.text}`)
    const field = Object.hasOwn(schema.fields, name.text) ? schema.fields[name.text] : undefined
    if (!field) throw this.wrong(`Message type "${schema.name}" has no field named "${name.text}".`)
    this.advance()
    const values = this.values(field, name.text)
    const before = message.get(name.text) ?? []
    if (!field.isRepeated && before.length > 0) {
      throw new TextProtoError(`Non-repeated field "${name.text}" is specified multiple times.`, name)
    }
    checkOneOf({ schema, message, name, field })
    message.set(name.text, [...before, ...values])
    if (this.isSymbol(',') || this.isSymbol(';')) this.advance()
  }

  private values(field: FieldSchema, name: string): FieldValue[] {
    const isMessage = isMessageType(field.type)
    if (this.isSymbol(':')) this.advance()
    else if (!isMessage) throw this.wrong(`Expected ":", found "${this.token.text}".`)
    if (!field.isRepeated || !this.isSymbol('[')) return [this.value(field, name)]
    this.advance()
    const values: FieldValue[] = []
    while (!this.isSymbol(']')) {
      values.push(this.value(field, name))
      if (this.isSymbol(',')) this.advance()
      else if (!this.isSymbol(']')) throw this.wrong(`Expected "]", found "${this.token.text}".`)
    }
    this.advance()
    return values
  }

  private value({ type }: FieldSchema, name: string): FieldValue {
    if (isMessageType(type)) return this.nested(type)
    if (type === 'string') return this.string()
    if (type === 'bool') return this.boolean(name)
    if (type === 'double' || type === 'float') return this.number()
    if (typeof type === 'string') return this.integer(type)
    return this.enumeration(type, name)
  }

  /** By its name or its number. */
  private enumeration({ values }: EnumSchema, name: string): number {
    const { text, kind } = this.token
    const isNumber = kind === 'number' || this.isSymbol('-')
    const value = isNumber ? this.integer('int32') : Object.hasOwn(values, text) ? values[text] : undefined
    if (value === undefined || !Object.values(values).includes(value)) {
      throw this.wrong(`Unknown enumeration value of "${isNumber ? value : text}" for field "${name}".`)
    }
    if (!isNumber) this.advance()
    return value
  }

  private nested(type: MessageSchema): Message {
    const close = this.isSymbol('<') ? '>' : '}'
    if (close === '}' && !this.isSymbol('{')) throw this.wrong(`Expected "{", found "${this.token.text}".`)
    this.advance()
    return this.message(type, close)
  }

  /** Neighbours are joined, as in C. */
  private string(): string {
    if (this.token.kind !== 'string') throw this.wrong(`Expected string, got: ${this.token.text}`)
    let text = ''
    for (; this.token.kind === 'string'; this.advance()) text += this.token.text
    return text
  }

  private boolean(name: string): boolean {
    const { text } = this.token
    const isTrue = ['true', 'True', 't', '1'].includes(text)
    if (!isTrue && !['false', 'False', 'f', '0'].includes(text)) {
      throw this.wrong(`Invalid value for boolean field "${name}". Value: "${text}".`)
    }
    this.advance()
    return isTrue
  }

  private integer(type: 'int32' | 'int64'): number {
    const sign = this.sign()
    const { text } = this.token
    if (!/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text)) throw this.wrong(`Expected integer, got: ${text}`)
    const value = sign * (/^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text))
    const limit = type === 'int32' ? 2 ** 31 : Number.MAX_SAFE_INTEGER
    if (value >= limit || value < -limit) throw this.wrong(`Integer out of range (${text})`)
    this.advance()
    return value
  }

  private number(): number {
    const sign = this.sign()
    const { text } = this.token
    const value = /^inf(inity)?$/i.test(text) ? Number.POSITIVE_INFINITY : Number(text.replace(/f$/i, ''))
    if (Number.isNaN(value) && !/^nan$/i.test(text)) throw this.wrong(`Expected double, got: ${text}`)
    this.advance()
    return sign * value
  }

  private sign(): 1 | -1 {
    if (!this.isSymbol('-')) return 1
    this.advance()
    return -1
  }

  private isSymbol(text: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === text
  }

  private advance(): void {
    if (this.token.kind !== 'end') this.token = this.source.next().value
  }

  private wrong(reason: string): TextProtoError {
    return new TextProtoError(reason, this.token)
  }
}

interface Place {
  readonly schema: MessageSchema
  readonly message: ReadonlyMap<string, unknown>
  readonly name: Token
  readonly field: FieldSchema
}

function checkOneOf({ schema, message, name, field }: Place): void {
  if (field.oneOf === undefined) return
  for (const other of message.keys()) {
    if (other === name.text || schema.fields[other]?.oneOf !== field.oneOf) continue
    throw new TextProtoError(
      `Field "${name.text}" is specified along with field "${other}", another member of oneof "${field.oneOf}".`,
      name,
    )
  }
}
