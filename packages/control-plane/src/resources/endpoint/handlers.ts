import { type Handlers, resourceArn, type sagemaker, ValidationException } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import { AlreadyExists, type Collection, NotFound } from '../../store/collection.ts'
import { findEndpointConfig } from '../endpoint-config/handlers.ts'
import type { EndpointConfigRecord } from '../endpoint-config/record.ts'
import { checkServable, onlyVariant } from '../endpoint-config/rules.ts'
import { listPage } from '../list-page.ts'
import { findModel } from '../model/handlers.ts'
import type { ModelRecord } from '../model/record.ts'
import { checkTags } from '../tags/tags.ts'
import { describeEndpoint } from './describe.ts'
import type { EndpointRecord } from './record.ts'
import { servedVariant } from './served-variant.ts'

export interface EndpointHandlersOptions {
  readonly endpoints: Collection<EndpointRecord>
  readonly endpointConfigs: Pick<Collection<EndpointConfigRecord>, 'get'>
  readonly models: Pick<Collection<ModelRecord>, 'get'>
  readonly clock: () => Date
}

export type EndpointHandlers = Pick<
  Handlers<typeof sagemaker, RequestContext>,
  'CreateEndpoint' | 'DescribeEndpoint' | 'ListEndpoints' | 'DeleteEndpoint'
>

export function endpointHandlers(options: EndpointHandlersOptions): EndpointHandlers {
  const { endpoints, clock } = options
  return {
    async CreateEndpoint({ EndpointName, Tags = [], ...request }, context) {
      checkTags(Tags)
      const arn = resourceArn(context, 'endpoint', EndpointName)
      const config = await findEndpointConfig(options.endpointConfigs, request.EndpointConfigName, context)
      const variant = onlyVariant(config.request)
      const model = await findModel(options.models, variant.ModelName ?? '', context)
      checkServable(model)
      const now = clock()
      try {
        await endpoints.create({
          name: EndpointName,
          arn,
          tags: Tags,
          region: context.region,
          account: context.account,
          createdAt: now,
          modifiedAt: now,
          status: 'Creating',
          request,
          variant: servedVariant(variant, model),
        })
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error
        throw ValidationException(`Cannot create already existing endpoint "${arn}".`)
      }
      return { EndpointArn: arn }
    },

    async DescribeEndpoint({ EndpointName }, context) {
      return describeEndpoint(await findEndpoint(endpoints, EndpointName, context))
    },

    async ListEndpoints(query) {
      const all = (await endpoints.list()).map((stored) => stored.value)
      const { items, ...page } = listPage(all, query, { facts: (endpoint) => endpoint, order: 'Descending' })
      return { Endpoints: items.map(summary), ...page }
    },

    // Also while it is being made or deleted: asking twice is no error.
    async DeleteEndpoint({ EndpointName }, context) {
      const now = clock()
      try {
        await endpoints.update(EndpointName, (endpoint) =>
          endpoint.status === 'Deleting' ? endpoint : { ...endpoint, status: 'Deleting', modifiedAt: now },
        )
      } catch (error) {
        throw error instanceof NotFound ? notFound(EndpointName, context) : error
      }
      return {}
    },
  }
}

async function findEndpoint(
  endpoints: Pick<Collection<EndpointRecord>, 'get'>,
  name: string,
  context: RequestContext,
): Promise<EndpointRecord> {
  const found = await endpoints.get(name)
  if (!found) throw notFound(name, context)
  return found.value
}

const notFound = (name: string, context: RequestContext) =>
  ValidationException(`Could not find endpoint "${resourceArn(context, 'endpoint', name)}".`)

const summary = ({ name, arn, createdAt, modifiedAt, status }: EndpointRecord) => ({
  EndpointName: name,
  EndpointArn: arn,
  CreationTime: createdAt,
  LastModifiedTime: modifiedAt,
  EndpointStatus: status,
})
