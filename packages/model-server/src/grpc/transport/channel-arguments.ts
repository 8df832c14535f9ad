import { invalidArgument } from '../../status.ts'
import type { ConnectionLimits } from '../http2/connection-life.ts'

/** What gRPC's channel arguments say of a server's connections. */
export interface ChannelSettings extends ConnectionLimits {
  /** Requests under way on one connection. */
  readonly maxStreams: number
  /** Of one request's headers. */
  readonly maxHeaderBytes: number
  /** Of a request's message; Infinity: as large as the server takes them. */
  readonly receiveLimitBytes: number
  /** Of an answer's message. */
  readonly sendLimitBytes: number
}

export const usualChannelSettings: ChannelSettings = {
  maxStreams: 4096,
  maxHeaderBytes: 64 * 1024,
  receiveLimitBytes: Number.POSITIVE_INFINITY,
  sendLimitBytes: Number.POSITIVE_INFINITY,
  ageMillis: Number.POSITIVE_INFINITY,
  ageGraceMillis: Number.POSITIVE_INFINITY,
  idleMillis: Number.POSITIVE_INFINITY,
  keepAliveMillis: Number.POSITIVE_INFINITY,
  keepAliveTimeoutMillis: 20_000,
  keepsIdleAlive: false,
}

const wholeNumber = (least: number) => (text: string) =>
  /^-?\d+$/.test(text) && Number(text) >= least ? Number(text) : undefined
const size = wholeNumber(1)

/** -1 and INT_MAX are gRPC's ways to say that there is no limit. */
const orUnlimited = (text: string): number | undefined => {
  const value = wholeNumber(-1)(text)
  return value === -1 || value === 2 ** 31 - 1 ? Number.POSITIVE_INFINITY : value
}

interface Argument {
  readonly setting: keyof ChannelSettings
  readonly read: (text: string) => number | boolean | undefined
}

/** Source: gRPC C++, grpc/impl/channel_arg_names.h, for names and meanings. */
const honoured: Readonly<Record<string, Argument>> = {
  'grpc.max_concurrent_streams': { setting: 'maxStreams', read: size },
  'grpc.max_metadata_size': { setting: 'maxHeaderBytes', read: size },
  'grpc.max_receive_message_length': { setting: 'receiveLimitBytes', read: orUnlimited },
  'grpc.max_message_length': { setting: 'receiveLimitBytes', read: orUnlimited },
  'grpc.max_send_message_length': { setting: 'sendLimitBytes', read: orUnlimited },
  'grpc.max_connection_age_ms': { setting: 'ageMillis', read: orUnlimited },
  'grpc.max_connection_age_grace_ms': { setting: 'ageGraceMillis', read: orUnlimited },
  'grpc.max_connection_idle_ms': { setting: 'idleMillis', read: orUnlimited },
  'grpc.keepalive_time_ms': { setting: 'keepAliveMillis', read: orUnlimited },
  'grpc.keepalive_timeout_ms': { setting: 'keepAliveTimeoutMillis', read: orUnlimited },
  'grpc.keepalive_permit_without_calls': {
    setting: 'keepsIdleAlive',
    read: (text) => ({ 0: false, 1: true })[text],
  },
}

/**
 * Reads `key=value,key=value`; `unused` are the names of those that mean nothing here. Throws StatusError
 * INVALID_ARGUMENT, with the name, for a value that cannot be.
 */
export function readChannelArguments(text: string): {
  readonly settings: ChannelSettings
  readonly unused: readonly string[]
} {
  const given: Record<string, number | boolean> = {}
  const unused: string[] = []
  for (const pair of text.split(',').filter(Boolean)) {
    const [name = '', ...rest] = pair.split('=')
    const argument = Object.hasOwn(honoured, name) ? honoured[name] : undefined
    if (!argument) {
      unused.push(name)
      continue
    }
    const value = argument.read(rest.join('='))
    if (value === undefined) throw invalidArgument(`${name} cannot be "${rest.join('=')}"`)
    given[argument.setting] = value
  }
  return { settings: { ...usualChannelSettings, ...given }, unused }
}
