import { type Handlers, resourceArn, type sagemaker, ValidationException } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { ObjectStore } from '../../objects/store/object-store.ts'
import { AlreadyExists, type Collection } from '../../store/collection.ts'
import { listPage } from '../list-page.ts'
import { checkTags, type Tags } from '../tags/tags.ts'
import { checkModelData } from './model-data.ts'
import type { Container, ModelRecord } from './record.ts'

export interface ModelHandlersOptions {
  readonly models: Collection<ModelRecord>
  readonly tags: Pick<Tags, 'forget'>
  /** Where models come from. */
  readonly objects: Pick<ObjectStore, 'head' | 'list'>
  readonly clock: () => Date
}

export type ModelHandlers = Pick<
  Handlers<typeof sagemaker, RequestContext>,
  'CreateModel' | 'DescribeModel' | 'ListModels' | 'DeleteModel'
>

export function modelHandlers({ models, tags, objects, clock }: ModelHandlersOptions): ModelHandlers {
  return {
    async CreateModel({ ModelName, Tags = [], ...request }, context) {
      checkTags(Tags)
      await checkModelData(checkedContainers(request), objects)
      const arn = resourceArn(context, 'model', ModelName)
      try {
        await models.create({ name: ModelName, arn, tags: Tags, createdAt: clock(), request })
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error
        throw ValidationException(`Cannot create already existing model "${arn}".`)
      }
      return { ModelArn: arn }
    },

    async DescribeModel({ ModelName }, context) {
      const { arn, createdAt, request } = await findModel(models, ModelName, context)
      return {
        EnableNetworkIsolation: false,
        ...request,
        ModelName,
        ModelArn: arn,
        CreationTime: createdAt,
      }
    },

    async ListModels(query) {
      const all = (await models.list()).map((stored) => stored.value)
      const { items, ...page } = listPage(all, query, { facts: (model) => model, order: 'Descending' })
      return {
        Models: items.map(({ name, arn, createdAt }) => {
          return { ModelName: name, ModelArn: arn, CreationTime: createdAt }
        }),
        ...page,
      }
    },

    async DeleteModel({ ModelName }, context) {
      const { arn } = await findModel(models, ModelName, context)
      await tags.forget(arn)
      await models.delete(ModelName)
      return {}
    },
  }
}

/** Throws ValidationException in AWS's words, with the ARN that the model would have. */
export async function findModel(
  models: Pick<Collection<ModelRecord>, 'get'>,
  name: string,
  context: Pick<RequestContext, 'region' | 'account'>,
): Promise<ModelRecord> {
  const found = await models.get(name)
  if (!found) throw ValidationException(`Could not find model "${resourceArn(context, 'model', name)}".`)
  return found.value
}

function checkedContainers(request: ModelRecord['request']): readonly Container[] {
  const { PrimaryContainer, Containers = [] } = request
  if (PrimaryContainer && Containers.length > 0) {
    throw ValidationException('A model has either a PrimaryContainer or Containers, not both.')
  }
  if (!PrimaryContainer && Containers.length === 0) {
    throw ValidationException('A model needs a PrimaryContainer or Containers.')
  }
  const containers = PrimaryContainer ? [PrimaryContainer] : Containers
  for (const container of containers) checkContainer(container)
  return containers
}

function checkContainer(container: Container): void {
  if (container.Image === undefined) throw ValidationException('A container needs an Image.')
  if (container.ModelDataUrl !== undefined && container.ModelDataSource !== undefined) {
    throw ValidationException('A container has either a ModelDataUrl or a ModelDataSource, not both.')
  }
  if (container.Mode === 'MultiModel' && container.ModelDataUrl === undefined) {
    throw ValidationException(
      'A container of Mode MultiModel needs a ModelDataUrl: the prefix of its models.',
    )
  }
}
