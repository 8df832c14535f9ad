/** An element, without attributes and namespaces: no AWS request that is served here needs them. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  /** All character data directly inside, as it stands. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

/** Why a text is no XML, or XML that is refused: document types, nesting and size without need. */
export class MalformedXmlText extends Error {}

export const maximumXml = { depth: 64, elements: 200_000, tagCharacters: 4096 }

/** Throws MalformedXmlText. There are no entities but the five of XML and character references. */
export function parseXml(bytes: Uint8Array): XmlElement {
  const reader = new Reader(decode(bytes))
  while (reader.step()) {
    // Each step reads one token.
  }
  return reader.root()
}

interface OpenElement {
  readonly name: string
  readonly tag: string
  text: string
  readonly children: XmlElement[]
}

/** Holds the place in the text and the elements that are open there. */
class Reader {
  readonly #text: string
  #position = 0
  #elements = 0
  readonly #open: OpenElement[] = [{ name: '', tag: '', text: '', children: [] }]

  constructor(text: string) {
    this.#text = text
  }

  root(): XmlElement {
    const [document, ...unclosed] = this.#open
    const [root, ...others] = document?.children ?? []
    if (!document || !root) throw new MalformedXmlText('no element')
    if (unclosed.length > 0) throw new MalformedXmlText(`<${unclosed.at(-1)?.tag}> is not closed`)
    if (others.length > 0 || document.text.trim() !== '') throw new MalformedXmlText('more than one root')
    return root
  }

  /** Reads one token; false at the end of the text. */
  step(): boolean {
    const mark = this.#text.indexOf('<', this.#position)
    const end = mark < 0 ? this.#text.length : mark
    if (end > this.#position) this.#innermost().text += unescapeXml(this.#text.slice(this.#position, end))
    this.#position = end
    if (mark < 0) return false
    if (this.#skips('<!--', '-->') || this.#skips('<?', '?>')) return true
    const characters = this.#between('<![CDATA[', ']]>')
    if (characters !== undefined) this.#innermost().text += characters
    else this.#readTag()
    return true
  }

  #readTag(): void {
    const inside = this.#text.slice(this.#position + 1, this.#endOfTag())
    this.#position += inside.length + 2
    if (inside.startsWith('/')) this.#close(inside.slice(1).trimEnd())
    else this.#begin(inside)
  }

  #begin(inside: string): void {
    const [, tag, slash] = tagForm.exec(inside) ?? []
    if (tag === undefined) throw new MalformedXmlText(`not a tag: <${inside.slice(0, 100)}>`)
    this.#elements += 1
    if (this.#elements > maximumXml.elements) throw new MalformedXmlText('too many elements')
    if (this.#open.length > maximumXml.depth) throw new MalformedXmlText('nested too deeply')
    this.#open.push({ name: tag.slice(tag.indexOf(':') + 1), tag, text: '', children: [] })
    if (slash === '/') this.#close(tag)
  }

  #close(tag: string): void {
    const element = this.#open.length > 1 ? this.#open.pop() : undefined
    if (element?.tag !== tag) throw new MalformedXmlText(`</${tag.slice(0, 100)}> closes nothing`)
    this.#innermost().children.push({ name: element.name, text: element.text, children: element.children })
  }

  /** The index of the `>` that ends the tag here: not one in an attribute's quotes. */
  #endOfTag(): number {
    const limit = Math.min(this.#text.length, this.#position + maximumXml.tagCharacters)
    let quote = ''
    for (let index = this.#position + 1; index < limit; index += 1) {
      const character = this.#text.charAt(index)
      if (quote !== '') quote = character === quote ? '' : quote
      else if (character === '>') return index
      else if (character === '"' || character === "'") quote = character
    }
    throw new MalformedXmlText('a tag that does not end')
  }

  #skips(start: string, end: string): boolean {
    return this.#between(start, end) !== undefined
  }

  #between(start: string, end: string): string | undefined {
    if (!this.#text.startsWith(start, this.#position)) return undefined
    const from = this.#position + start.length
    const to = this.#text.indexOf(end, from)
    if (to < 0) throw new MalformedXmlText(`${start} does not end`)
    this.#position = to + end.length
    return this.#text.slice(from, to)
  }

  #innermost(): OpenElement {
    const element = this.#open.at(-1)
    if (!element) throw new MalformedXmlText('no element')
    return element
  }
}

/** A name, attributes, and perhaps the slash of an empty element. */
const tagForm =
  /^([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)$/

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n')
  } catch (cause) {
    throw new MalformedXmlText('not UTF-8', { cause })
  }
}

export const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a key may hold them; AWS writes them so
  text.replace(/[&<>"\0-\x08\n-\x1f\x7f\ufffe\uffff]/g, (character) => {
    const code = character.charCodeAt(0)
    return named.get(character) ?? `&#x${code.toString(16).toUpperCase()};`
  })

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w{1,8}));|&/g,
    (reference, hex, decimal, name) => {
      if (hex !== undefined) return characterOf(Number.parseInt(hex, 16), reference)
      if (decimal !== undefined) return characterOf(Number(decimal), reference)
      const character = name === undefined ? undefined : entities.get(name)
      if (character === undefined) throw new MalformedXmlText(`unknown entity ${reference}`)
      return character
    },
  )
}

function characterOf(code: number, reference: string): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new MalformedXmlText(`no character: ${reference}`)
  }
  return String.fromCodePoint(code)
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
const named = new Map([...entities].map(([name, character]) => [character, `&${name};`]))
