import { ApiError } from '@sagebrush/api'
import { hasCode } from '../error-code.ts'
import { clientError, HostFailure, messageOf } from '../failure-reason.ts'
import type { ChannelPlan } from '../plan/host-plan.ts'
import { ChannelError } from './channel-error.ts'

/** What a job fails with: `ClientError: Data download failed:…` for what its user can mend, else the error itself. */
export function channelFailure({ source }: ChannelPlan, error: unknown): unknown {
  if (!isUsersFault(error)) return error
  return new HostFailure(clientError(`Data download failed:${reasonOf(source.uri, error)}`), { cause: error })
}

function isUsersFault(error: unknown): boolean {
  if (error instanceof ApiError) return error.httpStatus < 500
  if (error instanceof ChannelError || error instanceof SyntaxError) return true
  return hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'ENAMETOOLONG')
}

function reasonOf(uri: string, error: unknown): string {
  if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR'))
    return `two keys below ${uri} cannot both be files: one is the other's folder or name`
  if (hasCode(error, 'ENOSPC')) return `Could not download ${uri}: insufficient disk space`
  if (hasCode(error, 'ENAMETOOLONG')) return `a key below ${uri} is too long for a file name`
  return error instanceof ApiError ? `${messageOf(error)} (${uri})` : messageOf(error)
}
