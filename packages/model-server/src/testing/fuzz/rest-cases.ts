import { gzipSync } from 'node:zlib'
import { mutate } from './mutate.ts'
import type { Random } from './random.ts'
import { shapedBody } from './shaped-cases.ts'
import type { Target } from './targets.ts'

/** One request: what is sent, and whether it is still HTTP, so that an answer must come. */
export interface RestCase {
  readonly bytes: Buffer
  readonly isFramed: boolean
}

export interface RestSeeds {
  readonly models: readonly string[]
  readonly targets: readonly Target[]
  readonly bodies: readonly Buffer[]
}

/** A request to REST or `/invocations` with a damaged body, target or header; now and then all of it is damaged. */
export function restCase(random: Random, seeds: RestSeeds): RestCase {
  const shaped = random.chance(0.3) ? shapedBody(random, seeds.targets) : undefined
  const isInvocation = random.chance(0.4)
  const target = isInvocation
    ? random.pick(invocationTargets)
    : restTarget(random, seeds.models, shaped?.model)
  const headers = isInvocation ? invocationHeaders(random, seeds.models, shaped?.model) : restHeaders(random)
  const body = shaped?.body ?? mutate(random.pick(seeds.bodies), random, seeds.bodies)
  const isZipped = random.chance(0.05)
  const sent = isZipped ? damagedZip(body, random) : body
  if (isZipped) headers.push('content-encoding: gzip')
  const method = random.chance(0.9) ? 'POST' : random.pick(methods)
  const head = [`${method} ${target} HTTP/1.1`, 'host: x', ...headers, `content-length: ${sent.length}`]
  const bytes = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), sent])
  return random.chance(0.93)
    ? { bytes, isFramed: true }
    : { bytes: mutate(bytes, random, [bytes]), isFramed: false }
}

const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']
const invocationTargets = ['/invocations', '/invocations?x=1', '/invocations/m', '/ping']

function restTarget(random: Random, models: readonly string[], meant: string | undefined): string {
  if (meant !== undefined) return `/v1/models/${meant}:predict`
  const model = random.chance(0.95) ? random.pick(models) : random.pick(oddNames)
  const version = random.chance(0.8) ? '' : random.pick(versions)
  const target = `/v1/models/${model}${version}${random.chance(0.9) ? random.pick(calls) : random.pick(oddEnds)}`
  if (!random.chance(0.1)) return target
  // A blank or a control character would end the request line; that is for damaged heads.
  return (
    mutate(Buffer.from(target), random, [Buffer.from(target)])
      .toString('latin1')
      .replace(/[^\x21-\x7e]/g, '~') || '/'
  )
}

const oddNames = [
  'none',
  '%00',
  '%zz',
  '..',
  'a%2Fb',
  '%F0%9F%98%80',
  'x'.repeat(3000),
  "'",
  '%',
  '__proto__',
]
const versions = [
  '/versions/1',
  '/versions/2',
  '/versions/0',
  '/versions/99999999999999999999',
  '/versions/-1',
  '/versions/1x',
  '/labels/a',
  '/labels/%zz',
  '/labels/__proto__',
  '/versions/1/labels/a',
]
const calls = [':predict', ':predict', ':predict', ':classify', ':regress']
const oddEnds = [
  '',
  '/metadata',
  ':PREDICT',
  ':',
  '::predict',
  ':predict?x=1',
  '/',
  '//',
  ':explain',
  '#',
  '?',
]

const restHeaders = (random: Random): string[] =>
  random.chance(0.8)
    ? []
    : [
        random.pick([
          'accept-encoding: gzip',
          'content-type: text/csv',
          'accept: */*',
          'expect: nothing',
          'origin: http://x',
        ]),
      ]

const attributes = 'x-amzn-sagemaker-custom-attributes'

function invocationHeaders(random: Random, models: readonly string[], meant: string | undefined): string[] {
  if (meant !== undefined) return ['content-type: application/json', `${attributes}: tfs-model-name=${meant}`]
  const type = random.pick([
    'application/json',
    'application/jsonlines',
    'text/csv',
    'application/x-npy',
    'application/json; charset=utf-8',
    'x',
  ])
  const accept = random.pick([
    'application/json',
    'application/jsonlines',
    'application/x-npy',
    '*/*',
    ',;q=',
  ])
  const attribute = random.pick([
    `tfs-model-name=${random.pick(models)}`,
    'tfs-model-version=1',
    'tfs-method=regress',
    'tfs-method=classify',
    'tfs-model-name=%zz',
    'tfs-signature-name=regress_x_to_y',
    'tfs-model-version=99999999999999999999',
    '=,=',
    'tfs-model-name=a=b',
  ])
  const headers = random.chance(0.95) ? [`content-type: ${type}`] : []
  if (random.chance(0.5)) headers.push(`accept: ${accept}`)
  return random.chance(0.8) ? [...headers, `${attributes}: ${attribute}`] : headers
}

function damagedZip(body: Buffer, random: Random): Buffer {
  const zipped = gzipSync(body)
  return random.chance(0.5) ? zipped : mutate(zipped, random, [zipped])
}
