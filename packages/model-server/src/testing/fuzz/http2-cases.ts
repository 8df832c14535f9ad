import { framed } from './grpc-client.ts'
import { mutate } from './mutate.ts'
import { field, join, predictSpec } from './protobuf.ts'
import type { Random } from './random.ts'

/** Everything that one client sends over one connection: a call in frames, damaged or with frames that nobody expects. */
export function http2Case(random: Random): Buffer {
  const frames = [settings, callHeaders(1), callData(1), callHeaders(3), callData(3)]
  for (let times = random.below(4); times > 0; times--) {
    frames.splice(random.below(frames.length + 1), 0, oddFrame(random))
  }
  const bytes = join(...frames)
  if (random.chance(0.1)) return mutate(join(preface, bytes), random, [bytes])
  return join(preface, random.chance(0.6) ? mutate(bytes, random, [bytes]) : bytes)
}

/** Source: RFC 9113, 3.4 and 4.1. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
}

function frame({ type, flags, stream }: Frame, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const [data, headers, settingsType, endStream, endHeaders] = [0, 1, 4, 1, 4]
const settings = frame({ type: settingsType, flags: 0, stream: 0 }, Buffer.alloc(0))

/** HPACK without its tables: a literal name and a literal value. Source: RFC 7541, 6.2.2. */
const literal = (name: string, value: string): Buffer =>
  join(Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value))

const callBlock = join(
  literal(':method', 'POST'),
  literal(':scheme', 'http'),
  literal(':path', '/tensorflow.serving.PredictionService/Predict'),
  literal(':authority', 'x'),
  literal('content-type', 'application/grpc'),
  literal('te', 'trailers'),
)
const callHeaders = (stream: number): Buffer => frame({ type: headers, flags: endHeaders, stream }, callBlock)

const tensor = join(field(1, 1), field(2, field(2, field(1, 1))), field(5, Buffer.from('0000803f', 'hex')))
const message = framed(join(predictSpec('half_plus_two'), field(2, join(field(1, 'x'), field(2, tensor)))))
const callData = (stream: number): Buffer => frame({ type: data, flags: endStream, stream }, message)

/** DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, and one that there is not. */
function oddFrame(random: Random): Buffer {
  const payload = random.chance(0.3)
    ? callBlock
    : Buffer.from(
        Array.from({ length: random.pick([0, 4, 5, 6, 8, 17, 300]) }, () =>
          random.pick([0, 1, 0x7f, 0xff, random.below(256)]),
        ),
      )
  const flags = random.pick([0, 1, 4, 5, 8, 0x20, 0x2d, 0xff])
  const stream = random.pick([0, 0, 1, 1, 2, 3, 5, 0x7fffffff, 0xffffffff])
  const one = frame({ type: random.below(11), flags, stream }, payload)
  return random.chance(0.1) ? join(...new Array<Buffer>(200).fill(one)) : one
}
