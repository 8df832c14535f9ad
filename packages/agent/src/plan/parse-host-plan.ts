import type { HostPlan } from './host-plan.ts'

/** Reads `plan.json`. Throws Error that names the first member that is missing or of another type. */
export function parseHostPlan(text: string): HostPlan {
  const plan = parseJson(text)
  const kind = isObject(plan) ? plan.kind : undefined
  if (kind !== 'train' && kind !== 'serve') throw invalid('kind', 'train or serve')
  check(plan, { ...commonMembers, ...(kind === 'train' ? trainMembers : serveMembers) }, '')
  return plan as HostPlan
}

type Check = (value: unknown, path: string) => void

const text: Check = (value, path) => {
  if (typeof value !== 'string') throw invalid(path, 'text')
}
const texts: Check = (value, path) => {
  if (!isObject(value)) throw invalid(path, 'an object of texts')
  for (const [key, item] of Object.entries(value)) text(item, `${path}.${key}`)
}
const seconds: Check = (value, path) => {
  if (typeof value !== 'number' || !(value >= 0)) throw invalid(path, 'a number of seconds')
}
const optional =
  (inner: Check): Check =>
  (value, path) => {
    if (value !== undefined) inner(value, path)
  }
const oneOf =
  (...expected: readonly unknown[]): Check =>
  (value, path) => {
    if (!expected.includes(value)) throw invalid(path, expected.join(' or '))
  }
const number: Check = (value, path) => {
  if (typeof value !== 'number') throw invalid(path, 'a number')
}
const list =
  (item: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw invalid(path, 'a list')
    for (const [index, one] of value.entries()) item(one, `${path}.${index}`)
  }
const object =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, path) =>
    check(value, members, `${path}.`)

const commonMembers: Readonly<Record<string, Check>> = {
  name: text,
  arn: text,
  region: text,
  endpoint: (value, path) => {
    if (typeof value !== 'string' || !URL.canParse(value)) throw invalid(path, 'a URL')
  },
  image: text,
  instanceType: text,
  logStream: object({ group: text, name: text }),
  environment: texts,
  isIsolated: optional(oneOf(true, false)),
  share: optional(
    object({ cpus: number, memoryLimitBytes: number, processLimit: number, gpus: optional(list(text)) }),
  ),
}
/** It becomes a folder of this name. */
const fileName: Check = (value, path) => {
  if (typeof value !== 'string' || /^\.{0,2}$|[/\0]/.test(value)) throw invalid(path, 'a file name')
}
const channel = object({
  name: fileName,
  source: object({
    uri: text,
    type: oneOf('S3Prefix', 'ManifestFile', 'AugmentedManifestFile'),
    distribution: oneOf('FullyReplicated', 'ShardedByS3Key'),
    attributes: optional(list(text)),
  }),
  mode: oneOf('File', 'Pipe', 'FastFile'),
  contentType: optional(text),
  compression: optional(oneOf('Gzip')),
  recordWrapper: optional(oneOf('RecordIO')),
  shuffleSeed: optional(number),
})
const trainMembers: Readonly<Record<string, Check>> = {
  cluster: object({ hosts: list(text), current: text, networkInterface: text }),
  hyperParameters: texts,
  configFiles: optional(object({})),
  channels: list(channel),
  outputUri: text,
  uncompressedModel: optional(oneOf(true, false)),
  syncedFolders: optional(list(object({ path: text, uri: text, twoWay: oneOf(true, false) }))),
  stopGraceSeconds: seconds,
  metricDefinitions: optional(list(object({ name: text, regex: text }))),
  containerCommand: optional(object({ entrypoint: optional(list(text)), arguments: optional(list(text)) })),
}
const serveMembers: Readonly<Record<string, Check>> = {
  modelUri: optional(text),
  multiModel: optional(object({ prefix: text, isCaching: oneOf(true, false) })),
}

function check(value: unknown, members: Readonly<Record<string, Check>>, prefix: string): void {
  if (!isObject(value)) throw invalid(prefix.slice(0, -1), 'an object')
  for (const [name, member] of Object.entries(members)) member(value[name], prefix + name)
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch (error) {
    throw new Error('the host plan is not JSON', { cause: error })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(path: string, expected: string): Error {
  return new Error(`the host plan is invalid: ${path} must be ${expected}`)
}
