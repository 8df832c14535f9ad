import type { InputOf, sagemaker } from '@sagebrush/api'
import type { Tagged } from '../tags/tags.ts'

type Request = InputOf<typeof sagemaker, 'CreateEndpointConfig'>
export type Variant = Request['ProductionVariants'][number]

export interface EndpointConfigRecord extends Tagged {
  readonly createdAt: Date
  /** As it was asked for, members that nothing here reads included. */
  readonly request: Omit<Request, 'EndpointConfigName' | 'Tags'>
}
