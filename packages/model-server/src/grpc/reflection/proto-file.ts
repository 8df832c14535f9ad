import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'

/**
 * A .proto file's declarations, one a line, in the order name, number, type:
 *
 *     message ModelSpec
 *       name 1 string
 *       version 2 google.protobuf.Int64Value | version_choice
 *     enum State
 *       START 10
 *     service ModelService
 *       GetModelStatus GetModelStatusRequest -> GetModelStatusResponse
 *
 * `| x` puts a field into the oneof x; `as x` is its name in JSON where that is not the usual one. Nested names have
 * a dot. Types of other packages are written in full. Imports follow from the types.
 */
export interface ProtoFile {
  readonly path: string
  readonly package: string
  readonly text: string
}

/** A message, enum or service. */
export interface Declaration {
  readonly kind: 'message' | 'enum' | 'service'
  /** Without the package, with the messages around it. */
  readonly name: string
  readonly lines: readonly string[]
}

export interface ParsedFile {
  readonly path: string
  readonly package: string
  readonly declarations: readonly Declaration[]
}

/** What a full name stands for, and in which file. */
export interface ProtoSymbol {
  readonly kind: Declaration['kind']
  readonly path: string
}

export function parseProtoFile({ path, package: packageName, text }: ProtoFile): ParsedFile {
  const declarations: { kind: Declaration['kind']; name: string; lines: string[] }[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    const [, kind, name = ''] = /^(message|enum|service) (\S+)$/.exec(line) ?? []
    if (kind === 'message' || kind === 'enum' || kind === 'service')
      declarations.push({ kind, name, lines: [] })
    else if (line !== '') declarations.at(-1)?.lines.push(line)
  }
  return { path, package: packageName, declarations }
}

/** A name as it is written inside a declaration, in full; undefined for a scalar type. */
function resolveName(
  symbols: ReadonlyMap<string, ProtoSymbol>,
  file: ParsedFile,
  written: string,
): string | undefined {
  return [`${file.package}.${written}`, written].find((name) => symbols.has(name))
}

/** `FileDescriptorProto { name 1, package 2, dependency 3, message_type 4, enum_type 5, service 6, syntax 12 }`. */
export function encodeFile(file: ParsedFile, symbols: ReadonlyMap<string, ProtoSymbol>): Buffer {
  const writer = new WireWriter(1024)
  writer.textField(1, file.path)
  writer.textField(2, file.package)
  for (const path of importsOf(file, symbols)) writer.textField(3, path)
  const scope: Scope = { writer, file, symbols }
  for (const one of childrenOf(file, 'message', '')) writer.message(4, () => writeMessage(scope, one))
  for (const one of childrenOf(file, 'enum', '')) writer.message(5, () => writeEnum(writer, one))
  for (const one of childrenOf(file, 'service', '')) writer.message(6, () => writeService(scope, one))
  writer.textField(12, 'proto3')
  return writer.finish()
}

/** The files that declare what this one names. */
export function importsOf(file: ParsedFile, symbols: ReadonlyMap<string, ProtoSymbol>): string[] {
  const paths = new Set<string>()
  for (const { kind, lines } of file.declarations) {
    const words = kind === 'enum' ? [] : lines.flatMap((line) => line.match(/[\w.]+/g) ?? [])
    for (const word of words) {
      const path = symbols.get(resolveName(symbols, file, word) ?? '')?.path
      if (path !== undefined && path !== file.path) paths.add(path)
    }
  }
  return [...paths].sort()
}

interface Scope {
  readonly writer: WireWriter
  readonly file: ParsedFile
  readonly symbols: ReadonlyMap<string, ProtoSymbol>
}

/** Those directly inside the message `parent`; of the file itself for ''. */
function childrenOf(file: ParsedFile, kind: Declaration['kind'], parent: string): Declaration[] {
  const prefix = parent === '' ? '' : `${parent}.`
  return file.declarations.filter(
    (one) => one.kind === kind && one.name.startsWith(prefix) && !one.name.slice(prefix.length).includes('.'),
  )
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** `DescriptorProto { name 1, field 2, nested_type 3, enum_type 4, oneof_decl 8 { name 1 } }`. */
function writeMessage(scope: Scope, { name, lines }: Declaration): void {
  const { writer, file } = scope
  const fields = lines.map(parseField)
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))]
  writer.textField(1, lastPart(name))
  for (const field of fields) writer.message(2, () => writeField(scope, name, field, oneofs))
  for (const one of childrenOf(file, 'message', name)) writer.message(3, () => writeMessage(scope, one))
  for (const field of fields) if (field.keyType) writer.message(3, () => writeMapEntry(scope, field))
  for (const one of childrenOf(file, 'enum', name)) writer.message(4, () => writeEnum(writer, one))
  for (const oneof of oneofs) writer.message(8, () => writer.textField(1, oneof))
}

interface Field {
  readonly name: string
  readonly number: number
  readonly isRepeated: boolean
  /** Of a map. */
  readonly keyType: string | undefined
  readonly type: string
  readonly oneof: string | undefined
  readonly jsonName: string
}

const fieldPattern = /^(\w+) (\d+) (repeated )?(?:map<(\w+), ([\w.]+)>|([\w.]+))(?: \| (\w+))?(?: as (\w+))?$/

function parseField(line: string): Field {
  const match = fieldPattern.exec(line)
  if (!match) throw new Error(`no field of a message: ${line}`)
  const [, name = '', number, repeated, keyType, valueType, type, oneof, jsonName] = match
  return {
    name,
    number: Number(number),
    isRepeated: repeated !== undefined || keyType !== undefined,
    keyType,
    type: valueType ?? type ?? '',
    oneof,
    jsonName: jsonName ?? camelCase(name),
  }
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_whole, letter: string) => letter.toUpperCase())
const entryName = (name: string): string => `${camelCase(`_${name}`)}Entry`

/** `FieldDescriptorProto { name 1, number 3, label 4, type 5, type_name 6, oneof_index 9, json_name 10 }`. */
function writeField(scope: Scope, message: string, field: Field, oneofs: readonly string[]): void {
  const { writer, file } = scope
  writer.textField(1, field.name)
  writer.integerField(3, field.number)
  writer.integerField(4, field.isRepeated ? labels.repeated : labels.optional)
  if (field.keyType === undefined) writeType(scope, field.type)
  else {
    writer.integerField(5, kindNumbers.message)
    writer.textField(6, `.${file.package}.${message}.${entryName(field.name)}`)
  }
  if (field.oneof !== undefined) writer.integerField(9, oneofs.indexOf(field.oneof))
  writer.textField(10, field.jsonName)
}

function writeType({ writer, file, symbols }: Scope, type: string): void {
  const scalar = scalarNumbers[type]
  if (scalar !== undefined) {
    writer.integerField(5, scalar)
    return
  }
  const name = resolveName(symbols, file, type)
  const symbol = symbols.get(name ?? '')
  if (!symbol) throw new Error(`no such type: ${type} in ${file.path}`)
  writer.integerField(5, symbol.kind === 'enum' ? kindNumbers.enum : kindNumbers.message)
  writer.textField(6, `.${name}`)
}

/** A map is a list of such messages, which its options say: `options 7 { map_entry 7 }`. */
function writeMapEntry(scope: Scope, { name, keyType = '', type }: Field): void {
  const { writer } = scope
  const part = (number: number, partName: string, partType: string): void =>
    writer.message(2, () => {
      writer.textField(1, partName)
      writer.integerField(3, number)
      writer.integerField(4, labels.optional)
      writeType(scope, partType)
      writer.textField(10, partName)
    })
  writer.textField(1, entryName(name))
  part(1, 'key', keyType)
  part(2, 'value', type)
  writer.message(7, () => writer.integerField(7, 1))
}

/** `EnumDescriptorProto { name 1, value 2 { name 1, number 2 } }`. */
function writeEnum(writer: WireWriter, { name, lines }: Declaration): void {
  writer.textField(1, lastPart(name))
  for (const line of lines) {
    const [value = '', number] = line.split(' ')
    writer.message(2, () => {
      writer.textField(1, value)
      writer.integerField(2, Number(number))
    })
  }
}

const methodPattern = /^(\w+) (stream )?([\w.]+) -> (stream )?([\w.]+)$/

/** `ServiceDescriptorProto { name 1, method 2 { name 1, input_type 2, output_type 3, client_streaming 5, server_streaming 6 } }`. */
function writeService({ writer, file, symbols }: Scope, { name, lines }: Declaration): void {
  writer.textField(1, name)
  for (const line of lines) {
    const [, method = '', inStream, input = '', outStream, output = ''] = methodPattern.exec(line) ?? []
    writer.message(2, () => {
      writer.textField(1, method)
      writer.textField(2, `.${resolveName(symbols, file, input)}`)
      writer.textField(3, `.${resolveName(symbols, file, output)}`)
      if (inStream !== undefined) writer.integerField(5, 1)
      if (outStream !== undefined) writer.integerField(6, 1)
    })
  }
}

/** Source: google/protobuf/descriptor.proto, FieldDescriptorProto.Label and Type. */
const labels = { optional: 1, repeated: 3 }
const kindNumbers = { message: 11, enum: 14 }
const scalarNumbers: Readonly<Record<string, number>> = {
  ...{ double: 1, float: 2, int64: 3, uint64: 4, int32: 5, bool: 8, string: 9, bytes: 12 },
  ...{ uint32: 13, sint64: 18 },
}
