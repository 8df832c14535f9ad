import type { EndpointRecord } from './resources/endpoint/record.ts'
import type { EndpointConfigRecord } from './resources/endpoint-config/record.ts'
import type { ModelRecord } from './resources/model/record.ts'
import { resourceTags, type TagRecord, type Tags } from './resources/tags/tags.ts'
import type { TrainingJob } from './resources/training-job/record.ts'
import type { Collection } from './store/collection.ts'
import type { SqliteDatabase } from './store/sqlite.ts'
import { sqliteCollection } from './store/sqlite-collection.ts'

/** All that is stored of resources, and the tags that hang on them. */
export interface Records {
  readonly jobs: Collection<TrainingJob>
  readonly models: Collection<ModelRecord>
  readonly endpointConfigs: Collection<EndpointConfigRecord>
  readonly endpoints: Collection<EndpointRecord>
  readonly tags: Tags
}

/** To be called once per database: a collection opened twice does not hear of its own changes. */
export function openRecords(database: SqliteDatabase): Records {
  const jobs = sqliteCollection<TrainingJob>(database, 'training-job')
  const models = sqliteCollection<ModelRecord>(database, 'model')
  const endpointConfigs = sqliteCollection<EndpointConfigRecord>(database, 'endpoint-config')
  const endpoints = sqliteCollection<EndpointRecord>(database, 'endpoint')
  const tags = resourceTags({
    changed: sqliteCollection<TagRecord>(database, 'tags'),
    resources: {
      'training-job': jobs,
      model: models,
      'endpoint-config': endpointConfigs,
      endpoint: endpoints,
    },
  })
  return { jobs, models, endpointConfigs, endpoints, tags }
}
