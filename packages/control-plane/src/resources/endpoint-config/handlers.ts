import { type Handlers, resourceArn, type sagemaker, ValidationException } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import { AlreadyExists, type Collection } from '../../store/collection.ts'
import { listPage } from '../list-page.ts'
import { findModel } from '../model/handlers.ts'
import type { ModelRecord } from '../model/record.ts'
import { checkTags, type Tags } from '../tags/tags.ts'
import type { EndpointConfigRecord } from './record.ts'
import { checkServable, onlyVariant } from './rules.ts'

export interface EndpointConfigHandlersOptions {
  readonly endpointConfigs: Collection<EndpointConfigRecord>
  readonly models: Pick<Collection<ModelRecord>, 'get'>
  readonly tags: Pick<Tags, 'forget'>
  readonly clock: () => Date
}

export type EndpointConfigHandlers = Pick<
  Handlers<typeof sagemaker, RequestContext>,
  'CreateEndpointConfig' | 'DescribeEndpointConfig' | 'ListEndpointConfigs' | 'DeleteEndpointConfig'
>

export function endpointConfigHandlers(options: EndpointConfigHandlersOptions): EndpointConfigHandlers {
  const { endpointConfigs, models, tags, clock } = options
  return {
    async CreateEndpointConfig({ EndpointConfigName, Tags = [], ...request }, context) {
      checkTags(Tags)
      const { ModelName } = onlyVariant(request)
      if (ModelName === undefined) {
        throw ValidationException(
          'A production variant needs a ModelName: inference components are not run here.',
        )
      }
      checkServable(await findModel(models, ModelName, context))
      const arn = resourceArn(context, 'endpoint-config', EndpointConfigName)
      const record = { name: EndpointConfigName, arn, tags: Tags, createdAt: clock(), request }
      try {
        await endpointConfigs.create(record)
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error
        throw ValidationException(`Cannot create already existing endpoint configuration "${arn}".`)
      }
      return { EndpointConfigArn: arn }
    },

    async DescribeEndpointConfig({ EndpointConfigName }, context) {
      const { arn, createdAt, request } = await findEndpointConfig(
        endpointConfigs,
        EndpointConfigName,
        context,
      )
      return {
        EnableNetworkIsolation: false,
        ...request,
        EndpointConfigName,
        EndpointConfigArn: arn,
        CreationTime: createdAt,
      }
    },

    async ListEndpointConfigs(query) {
      const all = (await endpointConfigs.list()).map((stored) => stored.value)
      const { items, ...page } = listPage(all, query, { facts: (config) => config, order: 'Descending' })
      return {
        EndpointConfigs: items.map(({ name, arn, createdAt }) => {
          return { EndpointConfigName: name, EndpointConfigArn: arn, CreationTime: createdAt }
        }),
        ...page,
      }
    },

    // Also while an endpoint uses it, which has all that it needs by itself.
    async DeleteEndpointConfig({ EndpointConfigName }, context) {
      const { arn } = await findEndpointConfig(endpointConfigs, EndpointConfigName, context)
      await tags.forget(arn)
      await endpointConfigs.delete(EndpointConfigName)
      return {}
    },
  }
}

/** Throws ValidationException in AWS's words, with the ARN that the configuration would have. */
export async function findEndpointConfig(
  endpointConfigs: Pick<Collection<EndpointConfigRecord>, 'get'>,
  name: string,
  context: Pick<RequestContext, 'region' | 'account'>,
): Promise<EndpointConfigRecord> {
  const found = await endpointConfigs.get(name)
  if (found) return found.value
  const arn = resourceArn(context, 'endpoint-config', name)
  throw ValidationException(`Could not find endpoint configuration "${arn}".`)
}
