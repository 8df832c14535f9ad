import type { InputOf, sagemaker } from '@sagebrush/api'
import type { Tagged } from '../tags/tags.ts'

type Request = InputOf<typeof sagemaker, 'CreateModel'>
export type Container = NonNullable<Request['PrimaryContainer']>

export interface ModelRecord extends Tagged {
  readonly createdAt: Date
  /** As it was asked for, members that nothing here reads included. */
  readonly request: Omit<Request, 'ModelName' | 'Tags'>
}

/** Every container of a model, the primary one alone where there is one. */
export function containersOf({ request }: ModelRecord): readonly Container[] {
  return request.PrimaryContainer ? [request.PrimaryContainer] : (request.Containers ?? [])
}
