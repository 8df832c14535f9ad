import { type InputOf, ResourceLimitExceeded, type sagemaker, ValidationException } from '@sagebrush/api'
import { AlreadyExists, type Collection } from '../../store/collection.ts'

export type Tag = InputOf<typeof sagemaker, 'AddTags'>['Tags'][number]

/**
 * A record that tags can hang on. Tags given at creation are part of it, so that one write makes both;
 * what AddTags and DeleteTags do later lies in a collection of its own.
 */
export interface Tagged {
  readonly name: string
  readonly arn: string
  readonly tags: readonly Tag[]
}

/** The tags of a resource after every later change. */
export interface TagRecord {
  /** The resource's ARN. */
  readonly name: string
  readonly tags: readonly Tag[]
}

/** Tags by ARN. Every method but `forget` throws ValidationException for an ARN that no resource here has. */
export interface Tags {
  list(arn: string): Promise<readonly Tag[]>
  /** A key that is there gets the new value. Answers all tags. Throws ResourceLimitExceeded past 50. */
  add(arn: string, tags: readonly Tag[]): Promise<readonly Tag[]>
  /** Keys that are not there are no error. */
  remove(arn: string, keys: readonly string[]): Promise<void>
  /** To be called before the resource's own record is deleted. */
  forget(arn: string): Promise<void>
}

export interface TagsOptions {
  readonly changed: Collection<TagRecord>
  /** By the word in the ARN: `{ 'training-job': jobs }`. */
  readonly resources: Readonly<Record<string, Pick<Collection<Tagged>, 'get'>>>
}

/** Tags that only creation gave lie in the resource's record, all others in `changed`. */
export function resourceTags({ changed, resources }: TagsOptions): Tags {
  const list = async (arn: string) => {
    const given = await tagsAtCreation(resources, arn)
    return (await changed.get(arn))?.value.tags ?? given
  }
  const change = async (arn: string, apply: (tags: readonly Tag[]) => readonly Tag[]) => {
    const before = await list(arn)
    try {
      await changed.create({ name: arn, tags: before })
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error
    }
    const { value } = await changed.update(arn, (record) => ({ ...record, tags: apply(record.tags) }))
    return value.tags
  }
  return {
    list,
    add(arn, tags) {
      checkTags(tags)
      return change(arn, (before) => merge(before, tags))
    },
    async remove(arn, keys) {
      await change(arn, (before) => before.filter((tag) => !keys.includes(tag.Key)))
    },
    forget: (arn) => changed.delete(arn),
  }
}

/** Rules that tags must keep wherever they are given. Throws ValidationException. */
export function checkTags(tags: readonly Tag[]): void {
  const keys = tags.map((tag) => tag.Key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined)
    throw ValidationException(`Tag keys must be unique per resource; "${twice}" is there twice.`)
  if (keys.some((key) => /^aws:/i.test(key))) {
    throw ValidationException('aws: prefixed tag key names are not allowed for external use.')
  }
}

function merge(before: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const all = new Map([...before, ...added].map((tag) => [tag.Key, tag]))
  if (all.size > 50) throw ResourceLimitExceeded('A resource can have at most 50 tags.')
  return [...all.values()]
}

/** `arn:aws:sagemaker:us-west-2:123456789012:training-job/mnist` */
async function tagsAtCreation(resources: TagsOptions['resources'], arn: string): Promise<readonly Tag[]> {
  const [kind = '', name = ''] = arn.split(':').slice(5).join(':').split('/')
  const record = Object.hasOwn(resources, kind) ? await resources[kind]?.get(name) : undefined
  if (record?.value.arn !== arn) throw ValidationException(`Could not find resource "${arn}".`)
  return record.value.tags
}
