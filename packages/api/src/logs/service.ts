import { awsJson11 } from '../protocols/aws-json.ts'
import { service } from '../service.ts'
import { FilterLogEvents, GetLogEvents, PutLogEvents } from './log-events.ts'
import { CreateLogGroup, DeleteLogGroup, DescribeLogGroups } from './log-group.ts'
import { CreateLogStream, DeleteLogStream, DescribeLogStreams } from './log-stream.ts'

/** CloudWatch Logs. */
export const logs = service({
  signingName: 'logs',
  apiVersion: '2014-03-28',
  targetPrefix: 'Logs_20140328',
  protocol: awsJson11,
  operations: [
    CreateLogGroup,
    DescribeLogGroups,
    DeleteLogGroup,
    CreateLogStream,
    DescribeLogStreams,
    DeleteLogStream,
    PutLogEvents,
    GetLogEvents,
    FilterLogEvents,
  ],
})
