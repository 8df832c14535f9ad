import type { ServePlan } from '@sagebrush/agent'
import type { InputOf, sagemaker } from '@sagebrush/api'
import type { Tagged } from '../tags/tags.ts'

type Request = InputOf<typeof sagemaker, 'CreateEndpoint'>

/**
 * Creating -> InService | Failed; any of them -> Deleting, after which the record goes. An endpoint in service stays
 * so while its instance is replaced.
 */
export type EndpointStatus = 'Creating' | 'InService' | 'Failed' | 'Deleting'

export interface EndpointRecord extends Tagged {
  readonly region: string
  /** Twelve digits. */
  readonly account: string
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly status: EndpointStatus
  /** Why it failed; of one in service, why it is without an instance. */
  readonly reason?: string
  /** As it was asked for, members that nothing here reads included. */
  readonly request: Omit<Request, 'EndpointName' | 'Tags'>
  readonly variant: ServedVariant
  readonly instance?: Instance
}

/** What the configuration and the model said when the endpoint was created: both may be deleted while it runs. */
export interface ServedVariant {
  readonly name: string
  readonly weight: number
  readonly modelName: string
  readonly image: string
  readonly instanceType: string
  /** `s3://…/model.tar.gz`, or `s3://…/model/` of a model that is not packed. */
  readonly modelUri?: string
  /** In place of the one model: many, which lie below a prefix. */
  readonly multiModel?: NonNullable<ServePlan['multiModel']>
  readonly environment: Readonly<Record<string, string>>
  /** The model server and the user's code in it reach no network. */
  readonly isIsolated?: boolean
  readonly downloadSeconds?: number
  readonly startupSeconds?: number
}

/** One group of hosts that was, or is about to be, started. */
export interface Instance {
  readonly groupId: string
  /** `i-…`, as it stands in the name of the log stream. */
  readonly id: string
  readonly assignedAt: Date
  /** Not started before: one that died again and again waits longer and longer. */
  readonly notBefore: Date
  /** How many before this one, in a row, did not live long enough. */
  readonly failures: number
  readonly startedAt?: Date
  /** `127.0.0.1:port`, while the model server answers there. */
  readonly address?: string
  /** Since when it has an address. */
  readonly servingSince?: Date
  readonly stopAskedAt?: Date
}

export const endpointLogGroup = (endpointName: string) => `/aws/sagemaker/Endpoints/${endpointName}`

export const logStreamName = (variantName: string, instanceId: string) => `${variantName}/${instanceId}`
