import { InvalidParameterException, type Owner, partitionOf } from '@sagebrush/api'
import type { LogGroup } from '../store/log-group.ts'
import type { LogStore } from '../store/log-store.ts'

/** `arn:aws:logs:us-west-2:123456789012:log-group:/aws/sagemaker/TrainingJobs` */
export function logGroupArn({ region, account }: Owner, group: string): string {
  return `arn:${partitionOf(region)}:logs:${region}:${account}:log-group:${group}`
}

/** `arn:aws:logs:<region>:<account>:log-group:<group>:log-stream:<name>` */
export function logStreamArn(
  owner: Owner,
  stream: { readonly group: string; readonly name: string },
): string {
  return `${logGroupArn(owner, stream.group)}:log-stream:${stream.name}`
}

/** A group's name from its name or ARN, the latter with or without a closing `:*`. */
export function nameOfGroupIdentifier(identifier: string): string {
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier)?.[1] ?? identifier
}

/** Throws InvalidParameterException unless just one of the two is given, ResourceNotFoundException. */
export function askedGroup(
  store: LogStore,
  input: { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined },
): LogGroup {
  const { logGroupName: name, logGroupIdentifier: identifier } = input
  if (name !== undefined && identifier !== undefined) {
    throw InvalidParameterException('Specify either logGroupName or logGroupIdentifier, but not both.')
  }
  if (name !== undefined) return store.group(name)
  if (identifier !== undefined) return store.group(nameOfGroupIdentifier(identifier))
  throw InvalidParameterException('Specify either logGroupName or logGroupIdentifier.')
}
