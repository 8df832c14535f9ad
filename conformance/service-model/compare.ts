import {
  type AnyMember,
  type AnyShape,
  type ListShape,
  type MapShape,
  nodeOf,
  type Operation,
  type Service,
  type ShapeNode,
  type StringShape,
  type StructureShape,
} from '@sagebrush/api'
import type { ModelMember, ModelShape, ServiceModel } from './model.ts'

/**
 * Every difference between what a service states here and AWS's model of it, each as one line that begins with the
 * place: `ContainerDefinition.Image: is not required here, but is at AWS`. What AWS has beyond the stated operations is
 * no difference; what it has beyond their stated members is.
 */
export function differences(service: Service, model: ServiceModel): string[] {
  const comparison = new Comparison(service, model)
  comparison.compare()
  return [...comparison.found].sort()
}

class Comparison {
  readonly found = new Set<string>()
  readonly #service: Service
  readonly #model: ServiceModel
  readonly #isRest: boolean
  readonly #isXml: boolean
  readonly #seen = new Map<AnyShape, Set<string>>()

  constructor(service: Service, model: ServiceModel) {
    this.#service = service
    this.#model = model
    this.#isRest = model.metadata.protocol.startsWith('rest')
    this.#isXml = /xml|query/.test(model.metadata.protocol)
  }

  compare(): void {
    const { metadata } = this.#model
    this.#same(
      'service',
      'signing name',
      this.#service.signingName,
      metadata.signingName ?? metadata.endpointPrefix,
    )
    this.#same('service', 'version', this.#service.apiVersion, metadata.apiVersion)
    this.#same('service', 'target', this.#service.targetPrefix, metadata.targetPrefix)
    for (const operation of this.#service.operations) this.#compareOperation(operation)
  }

  #compareOperation(operation: Operation): void {
    const { name, http } = operation
    const theirs = this.#model.operations[name]
    if (!theirs) {
      this.#tell(name, 'is no operation at AWS')
      return
    }
    if (this.#isRest) {
      this.#same(name, 'method', http?.method, theirs.http.method)
      this.#same(name, 'path', http?.path, theirs.http.requestUri)
      this.#same(name, 'status', http?.status ?? 200, theirs.http.responseCode ?? 200)
    }
    this.#compareErrors(operation)
    this.#compareShape(operation.input, theirs.input)
    this.#compareShape(operation.output, theirs.output)
  }

  /** Of errors that AWS's model does not name nothing is known. */
  #compareErrors({ name, errors }: Operation): void {
    for (const [shape, { error }] of Object.entries(this.#model.shapes)) {
      const code = error?.code ?? shape
      const ours = errors.find((each) => each.code === code)
      if (ours && error?.httpStatusCode)
        this.#same(`${name} ${code}`, 'status', ours.httpStatus, error.httpStatusCode)
    }
  }

  /** An operation that takes or gives nothing refers to no shape. */
  #compareShape(shape: AnyShape, reference: ModelMember | undefined): void {
    const ours = nodeOf(shape)
    const place = reference?.shape ?? 'nothing'
    const theirs = reference ? this.#model.shapes[place] : { type: 'structure' }
    if (!theirs || this.#isSeen(shape, place)) return
    const type = typeOf(theirs, reference)
    this.#same(place, 'type', ours.type, type)
    if (ours.type !== type) return
    this.#compareLimits(place, ours, theirs)
    if (ours.type === 'structure') this.#compareStructure(place, ours, theirs)
    if (ours.type === 'list') this.#compareList(place, ours, theirs)
    if (ours.type === 'map') this.#compareMap(ours, theirs)
  }

  #isSeen(shape: AnyShape, name: string): boolean {
    const names = this.#seen.get(shape) ?? new Set()
    this.#seen.set(shape, names)
    if (names.has(name)) return true
    names.add(name)
    return false
  }

  #compareLimits(place: string, ours: ShapeNode, theirs: ModelShape): void {
    const { min, max } = 'min' in ours || 'max' in ours ? ours : {}
    const isNumber = ours.type === 'integer' || ours.type === 'double'
    // To have at least nothing is no limit.
    this.#same(
      place,
      'min',
      isNumber ? min : min || undefined,
      isNumber ? theirs.min : theirs.min || undefined,
    )
    this.#same(place, 'max', max, theirs.max)
    if (ours.type !== 'string') return
    this.#same(place, 'pattern', ours.pattern, theirs.pattern)
    this.#compareValues(place, ours, theirs)
  }

  #compareValues(place: string, { values }: StringShape, theirs: ModelShape): void {
    if (!values || !theirs.enum) {
      if (theirs.enum) this.#tell(place, 'takes any text here, but certain values at AWS')
      if (values) this.#tell(place, 'takes certain values here, but any text at AWS')
      return
    }
    for (const value of theirs.enum) {
      if (!values.includes(value)) this.#tell(place, `does not take ${value} here`)
    }
    for (const value of values) {
      if (!theirs.enum.includes(value)) this.#tell(place, `takes ${value} here only`)
    }
  }

  #compareStructure(place: string, ours: StructureShape, theirs: ModelShape): void {
    for (const [name, member] of Object.entries(theirs.members ?? {})) {
      const here = ours.members[name]
      if (here) this.#compareMember(`${place}.${name}`, { name, member: here }, { theirs, member })
      else this.#tell(`${place}.${name}`, 'is not stated here')
    }
    for (const name of Object.keys(ours.members)) {
      if (!theirs.members?.[name]) this.#tell(`${place}.${name}`, 'is unknown at AWS')
    }
  }

  #compareMember(
    place: string,
    ours: { readonly name: string; readonly member: AnyMember },
    { theirs, member }: { readonly theirs: ModelShape; readonly member: ModelMember },
  ): void {
    const isRequired = theirs.required?.includes(ours.name) ?? false
    this.#same(place, 'required', ours.member.required, isRequired)
    const at = this.#isRest ? placeOf(ours.name, member, theirs) : undefined
    this.#same(place, 'place', placeText(ours.member.at), placeText(at))
    if (this.#isXml && (!at || 'payload' in at)) this.#compareXml(place, ours, member)
    this.#compareTimestamp(place, ours.member, member)
    this.#compareShape(ours.member.shape, member)
  }

  #compareXml(
    place: string,
    { name, member }: { readonly name: string; readonly member: AnyMember },
    theirs: ModelMember,
  ): void {
    const shape = this.#model.shapes[theirs.shape]
    const isFlattened = theirs.flattened ?? shape?.flattened ?? false
    this.#same(place, 'element', member.xml?.name ?? name, theirs.locationName ?? name)
    this.#same(place, 'flattened', member.xml?.flattened ?? false, isFlattened)
  }

  #compareTimestamp(place: string, ours: AnyMember, theirs: ModelMember): void {
    const node = nodeOf(ours.shape)
    if (node.type !== 'timestamp') return
    const usual = ours.at && 'header' in ours.at ? 'http-date' : this.#isXml ? 'iso8601' : 'epoch-seconds'
    const format = theirs.timestampFormat ?? this.#model.shapes[theirs.shape]?.timestampFormat
    this.#same(place, 'format', node.format ?? usual, format === undefined ? usual : timestampFormats[format])
  }

  #compareList(place: string, ours: ListShape, theirs: ModelShape): void {
    if (this.#isXml && !theirs.flattened) {
      this.#same(
        place,
        'element of an item',
        ours.itemName ?? 'member',
        theirs.member?.locationName ?? 'member',
      )
    }
    this.#compareShape(ours.item, theirs.member)
  }

  #compareMap(ours: MapShape, theirs: ModelShape): void {
    this.#compareShape(ours.key, theirs.key)
    this.#compareShape(ours.value, theirs.value)
  }

  #same(place: string, what: string, ours: unknown, theirs: unknown): void {
    if (ours !== theirs) this.#tell(place, `has ${what} ${told(ours)} here, ${told(theirs)} at AWS`)
  }

  #tell(place: string, difference: string): void {
    this.found.add(`${place}: ${difference}`)
  }
}

const told = (value: unknown) => (value === undefined ? 'none' : String(value))

const timestampFormats: Readonly<Record<string, string>> = {
  iso8601: 'iso8601',
  rfc822: 'http-date',
  unixTimestamp: 'epoch-seconds',
}

function typeOf({ type, streaming }: ModelShape, reference: ModelMember | undefined): string {
  if (type === 'blob' && (streaming || reference?.streaming)) return 'stream'
  return { long: 'integer', float: 'double', character: 'string' }[type] ?? type
}

type Place = NonNullable<AnyMember['at']>

function placeOf(
  name: string,
  { location, locationName = name }: ModelMember,
  shape: ModelShape,
): Place | undefined {
  if (shape.payload === name) return { payload: true }
  switch (location) {
    case 'header':
      return { header: locationName }
    case 'headers':
      return { headers: locationName }
    case 'querystring':
      return { query: locationName }
    case 'uri':
      return { path: locationName }
    default:
      return undefined
  }
}

/** Names of headers have no case. */
function placeText(at: Place | undefined): string {
  const [kind, name] = Object.entries(at ?? { body: '' })[0] ?? []
  return `${kind} ${kind === 'header' || kind === 'headers' ? String(name).toLowerCase() : name}`.trim()
}
