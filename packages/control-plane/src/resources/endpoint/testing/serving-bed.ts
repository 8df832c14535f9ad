import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InputOf, sagemaker } from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import type { ObjectName, StoredObject } from '../../../objects/store/object-store.ts'
import type { Collection } from '../../../store/collection.ts'
import { openDatabase } from '../../../store/sqlite.ts'
import { sqliteCollection } from '../../../store/sqlite-collection.ts'
import { endpointConfigHandlers } from '../../endpoint-config/handlers.ts'
import type { EndpointConfigRecord } from '../../endpoint-config/record.ts'
import { modelHandlers } from '../../model/handlers.ts'
import type { ModelRecord } from '../../model/record.ts'
import { endpointHandlers } from '../handlers.ts'
import type { EndpointRecord } from '../record.ts'

export const now = new Date('2026-11-21T12:00:00Z')
export const context: RequestContext = {
  requestId: 'r',
  region: 'eu-central-1',
  account: '123456789012',
  signal: new AbortController().signal,
}
const anyObject: StoredObject = {
  bucket: 'b',
  key: 'k',
  sizeBytes: 1,
  etag: 'e',
  modifiedAt: now,
  attributes: { contentHeaders: {}, metadata: {} },
}
export const arn = (kind: string, name: string) =>
  `arn:aws:sagemaker:eu-central-1:123456789012:${kind}/${name}`

export type ModelInput = InputOf<typeof sagemaker, 'CreateModel'>
export type ConfigInput = InputOf<typeof sagemaker, 'CreateEndpointConfig'>
export const container = {
  Image: '763104351884.dkr.ecr.eu-central-1.amazonaws.com/tensorflow-inference:2.19.0-cpu',
  ModelDataUrl: 's3://b/model.tar.gz',
  Environment: { SAGEMAKER_TFS_NGINX_LOGLEVEL: 'info' },
}
export const variant = {
  VariantName: 'AllTraffic',
  ModelName: 'm',
  InitialInstanceCount: 1,
  InitialVariantWeight: 1,
  InstanceType: 'ml.c5.xlarge',
}

export type Serving = ReturnType<typeof openHandlers>

/** Models, configurations and endpoints, without anything that runs them: all objects are there but what is `gone`. */
export interface ServingBed extends AsyncDisposable {
  /** The handlers, with nothing made yet. */
  fresh(): Serving
}

export async function openServingBed(): Promise<ServingBed> {
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-resources-'))
  const database = openDatabase(directory)
  let round = 0
  return {
    fresh: () =>
      openHandlers(
        <T extends { readonly name: string }>(kind: string) => sqliteCollection<T>(database, kind),
        ++round,
      ),
    async [Symbol.asyncDispose]() {
      database.close()
      await rm(directory, { recursive: true })
    },
  }
}

type MakeCollection = <T extends { readonly name: string }>(name: string) => Collection<T>

function openHandlers(collection: MakeCollection, round: number) {
  const forgotten: string[] = []
  const options = {
    models: collection<ModelRecord>(`models-${round}`),
    endpointConfigs: collection<EndpointConfigRecord>(`configs-${round}`),
    endpoints: collection<EndpointRecord>(`endpoints-${round}`),
    tags: { forget: async (gone: string) => void forgotten.push(gone) },
    objects: {
      head: async ({ key }: ObjectName) => (key === 'gone.tgz' ? undefined : anyObject),
      list: async (_: string, { prefix }: { prefix: string }) => ({
        objects: prefix === 'gone/' ? [] : [anyObject],
        more: false,
      }),
    },
    clock: () => now,
  }
  const handlers = {
    ...modelHandlers(options),
    ...endpointConfigHandlers(options),
    ...endpointHandlers(options),
  }
  return {
    ...handlers,
    endpoints: options.endpoints,
    models: options.models,
    /** ARNs whose tags are gone. */
    forgotten,
    createModel: (changes: Partial<ModelInput> = {}) =>
      handlers.CreateModel({ ModelName: 'm', PrimaryContainer: container, ...changes }, context),
    createConfig: (changes: Partial<ConfigInput> = {}) =>
      handlers.CreateEndpointConfig(
        { EndpointConfigName: 'c', ProductionVariants: [variant], ...changes },
        context,
      ),
    createEndpoint: (name = 'e') =>
      handlers.CreateEndpoint({ EndpointName: name, EndpointConfigName: 'c' }, context),
  }
}
