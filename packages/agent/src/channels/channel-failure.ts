import { ApiError } from '@sagebrush/api'
import { hasCode } from '../error-code.ts'
import { clientError, HostFailure, messageOf } from '../failure-reason.ts'
import type { ChannelPlan } from '../plan/host-plan.ts'
import { ChannelError } from './channel-error.ts'

/** What a job fails with: `ClientError: Data download failed:…` for what its user can mend, else the error itself. */
export function channelFailure({ source }: ChannelPlan, error: unknown): unknown {
  const fault = dataFault(source.uri, error)
  if (fault === undefined) return error
  return new HostFailure(clientError(`Data download failed:${fault}`), { cause: error })
}

/** Why what lies below `uri` cannot be brought as files, where that is for its user to mend. */
export function dataFault(uri: string, error: unknown): string | undefined {
  if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR'))
    return `two keys below ${uri} cannot both be files: one is the other's folder or name`
  if (hasCode(error, 'ENOSPC')) return `Could not download ${uri}: insufficient disk space`
  if (hasCode(error, 'ENAMETOOLONG')) return `a key below ${uri} is too long for a file name`
  if (error instanceof ApiError) return error.httpStatus < 500 ? `${messageOf(error)} (${uri})` : undefined
  return error instanceof ChannelError || error instanceof SyntaxError ? messageOf(error) : undefined
}
