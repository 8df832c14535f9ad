import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAll } from '../http.ts'
import { cloudWatchFaces, iam, logs, s3, sagemaker, sagemakerRuntime, sts } from '../index.ts'
import type { Operation, Service } from '../service.ts'
import { nodeOf, type StructureShape } from '../shape.ts'
import { awsJson11 } from './aws-json.ts'
import { query } from './query.ts'
import { restJson1 } from './rest-json.ts'
import { restXml } from './rest-xml.ts'
import { rpcV2Cbor } from './rpc-v2-cbor.ts'
import { formLimits, jsonLimits, structuresOf, type WireLimits, xmlLimits } from './testing/arbitrary.ts'
import { anyJson, bodyService, restService } from './testing/services.ts'

/** What the client writes is what the server reads, and the other way round. */
const protocols: readonly (readonly [
  name: string,
  service: Service,
  input: WireLimits,
  output: WireLimits,
])[] = [
  ['AWS JSON', bodyService(awsJson11, anyJson), jsonLimits, jsonLimits],
  ['Query', bodyService(query), formLimits, xmlLimits],
  ['RPC v2 CBOR', bodyService(rpcV2Cbor), jsonLimits, jsonLimits],
  ['REST JSON', restService(restJson1), jsonLimits, jsonLimits],
  ['REST XML', restService(restXml), xmlLimits, xmlLimits],
  ['SageMaker', sagemaker, jsonLimits, jsonLimits],
  ['SageMaker Runtime', sagemakerRuntime, jsonLimits, jsonLimits],
  ['CloudWatch Logs', logs, jsonLimits, jsonLimits],
  ['CloudWatch in CBOR', cloudWatchFaces[0], jsonLimits, jsonLimits],
  ['CloudWatch in JSON', cloudWatchFaces[1], jsonLimits, jsonLimits],
  ['CloudWatch as forms', cloudWatchFaces[2], formLimits, xmlLimits],
  ['STS', sts, formLimits, xmlLimits],
  ['IAM', iam, formLimits, xmlLimits],
  // S3's own protocol refuses more: here its shapes are meant.
  ['S3', { ...s3, protocol: restXml }, xmlLimits, xmlLimits],
]

describe.each(protocols)('%s', (_, service, inputLimits, outputLimits) => {
  const operations = service.operations.map((operation) => [operation.name, operation] as const)
  const runs = { numRuns: operations.length > 6 ? 20 : 100 }

  it.each(operations)('carries an input of %s to the server', async (_name, operation) => {
    const inputs = structuresOf(structureOf(operation.input), inputLimits)
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        expect(await readByServer(service, operation, input)).toEqual(await comparable(input))
      }),
      runs,
    )
  })

  it.each(operations)('carries an output of %s to the client', async (_name, operation) => {
    const outputs = structuresOf(structureOf(operation.output), outputLimits)
    await fc.assert(
      fc.asyncProperty(outputs, async (output) => {
        const response = service.protocol.writeOutput(service, operation, output, 'id')
        const read = await service.protocol.readOutput(service, operation, response)
        expect(await comparable(read)).toEqual(await comparable(output))
      }),
      runs,
    )
  })
})

async function readByServer(service: Service, operation: Operation, input: unknown) {
  const request = service.protocol.writeInput(service, operation, input)
  const match = await service.protocol.match(service, request)
  expect(match?.operation.name).toBe(operation.name)
  return comparable(await service.protocol.readInput(service, operation, match?.request ?? request))
}

/** Streams as their bytes; byte arrays of either class alike. */
async function comparable(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(async ([name, entry]) => [name, await plain(entry)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

async function plain(value: unknown): Promise<unknown> {
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
    return readAll(value as AsyncIterable<Uint8Array>, 1000)
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value
}

function structureOf(shape: Operation['input']): StructureShape {
  const node = nodeOf(shape)
  if (node.type !== 'structure') throw new TypeError('not a structure')
  return node
}
