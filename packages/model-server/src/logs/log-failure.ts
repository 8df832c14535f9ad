import { ProtobufError } from '../formats/protobuf.ts'
import type { StatusError } from '../status.ts'
import type { Log } from './log.ts'

/** Logs mistakes of the server's own, whose reason clients do not get to see. */
export function logFailure(log: Log, model: string, { code, cause }: StatusError): void {
  if (code !== 'INTERNAL' || !(cause instanceof Error) || cause instanceof ProtobufError) return
  log.error('internal error', { model, reason: cause.stack ?? cause.message })
}
