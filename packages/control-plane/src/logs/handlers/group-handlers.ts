import { randomUUID } from 'node:crypto'
import {
  type Handlers,
  InvalidParameterException,
  type logs,
  ResourceAlreadyExistsException,
} from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { LogGroup } from '../store/log-group.ts'
import { logGroupArn, nameOfGroupIdentifier } from './log-arn.ts'
import type { LogsParts } from './logs-parts.ts'
import { decodeNameToken, encodeNameToken } from './page-token.ts'

type All = Handlers<typeof logs, RequestContext>
type GroupHandlers = Pick<All, 'CreateLogGroup' | 'DescribeLogGroups' | 'DeleteLogGroup'>
type DescribeInput = Parameters<All['DescribeLogGroups']>[0]

const pageSize = 50

export function groupHandlers({ store, clock }: LogsParts): GroupHandlers {
  return {
    async CreateLogGroup(input) {
      const made = await store.createGroup({ ...input, creationTime: clock().getTime() })
      if (!made) throw ResourceAlreadyExistsException('The specified log group already exists')
      return {}
    },

    async DescribeLogGroups(input, context) {
      if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
        throw InvalidParameterException(
          'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
        )
      }
      const after = input.nextToken === undefined ? '' : decodeNameToken(input.nextToken)
      const found = store.groups().filter((group) => group.name > after && isAskedFor(group, input))
      const page = found.slice(0, input.limit ?? pageSize)
      const last = page.at(-1)
      return {
        logGroups: await Promise.all(page.map((group) => describe(group, context))),
        ...(last && found.length > page.length ? { nextToken: encodeNameToken(last.name) } : {}),
      }
    },

    async DeleteLogGroup({ logGroupName }) {
      if (store.group(logGroupName).file.deletionProtectionEnabled) {
        throw InvalidParameterException('The specified log group is protected from deletion.')
      }
      await store.deleteGroup(logGroupName, randomUUID())
      return {}
    },
  }
}

function isAskedFor({ name, file }: LogGroup, input: DescribeInput): boolean {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: identifiers } = input
  if (prefix !== undefined && !name.startsWith(prefix)) return false
  if (pattern !== undefined && !name.includes(pattern)) return false
  if (identifiers && !identifiers.some((identifier) => nameOfGroupIdentifier(identifier) === name))
    return false
  return input.logGroupClass === undefined || input.logGroupClass === (file.logGroupClass ?? 'STANDARD')
}

async function describe(group: LogGroup, context: RequestContext) {
  const { file } = group
  const arn = logGroupArn(context, group.name)
  const streams = await group.streams()
  return {
    logGroupName: group.name,
    creationTime: file.creationTime,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    storedBytes: streams.reduce((bytes, stream) => bytes + stream.bytes, 0),
    logGroupClass: file.logGroupClass ?? 'STANDARD',
    logGroupArn: arn,
    ...(file.kmsKeyId === undefined ? {} : { kmsKeyId: file.kmsKeyId }),
    ...(file.deletionProtectionEnabled ? { deletionProtectionEnabled: true } : {}),
  } as const
}
