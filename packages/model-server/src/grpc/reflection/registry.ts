import {
  type Declaration,
  encodeFile,
  importsOf,
  type ParsedFile,
  type ProtoFile,
  type ProtoSymbol,
  parseProtoFile,
} from './proto-file.ts'

/** Finds the files that a client needs to read and write what is served. */
export interface ProtoRegistry {
  /** Full names of all services, in the order of their files. */
  readonly services: readonly string[]
  /** FileDescriptorProtos of a file and of all that it imports; undefined for an unknown one. */
  withImports(path: string): readonly Buffer[] | undefined
  /** The file that declares a message, enum, service, or a field, value or method of one. */
  pathOf(symbol: string): string | undefined
  isMessage(name: string): boolean
}

export function createProtoRegistry(sources: readonly ProtoFile[]): ProtoRegistry {
  const files = new Map(sources.map((source) => [source.path, parseProtoFile(source)]))
  const symbols = new Map<string, ProtoSymbol>()
  const members = new Map<string, string>()
  for (const file of files.values()) for (const one of file.declarations) declare(file, one)
  const encoded = new Map<string, Buffer>()
  return {
    services: [...symbols].filter(([, { kind }]) => kind === 'service').map(([name]) => name),
    withImports,
    pathOf: (symbol) => symbols.get(symbol)?.path ?? members.get(symbol),
    isMessage: (name) => symbols.get(name)?.kind === 'message',
  }

  function declare(file: ParsedFile, { kind, name, lines }: Declaration): void {
    const fullName = `${file.package}.${name}`
    symbols.set(fullName, { kind, path: file.path })
    // An enum's values stand beside it, not in it.
    const around = kind === 'enum' ? fullName.slice(0, fullName.lastIndexOf('.')) : fullName
    for (const line of lines) members.set(`${around}.${line.slice(0, line.indexOf(' '))}`, file.path)
  }

  function withImports(path: string): readonly Buffer[] | undefined {
    if (!files.has(path)) return undefined
    const found = new Set([path])
    // A set goes on to what is added to it on the way.
    for (const one of found) {
      const file = files.get(one)
      if (file) for (const imported of importsOf(file, symbols)) found.add(imported)
    }
    return [...found].flatMap((one) => bytesOf(one) ?? [])
  }

  function bytesOf(path: string): Buffer | undefined {
    const file = files.get(path)
    const known = encoded.get(path)
    if (known || !file) return known
    const bytes = encodeFile(file, symbols)
    encoded.set(path, bytes)
    return bytes
  }
}
