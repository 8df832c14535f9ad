/** What a thread says about one step. */
export interface Reply {
  /** `input`: for the model. `ask`: `context.callModel`. */
  readonly kind: (typeof kinds)[number]
  readonly step: number
  /** Of `thrown`, the status asked for; of `ask`, its number; otherwise 0. */
  readonly number: number
  /** Of `answer`, the content type; of `thrown`, the message. */
  readonly text: string
  readonly body: Uint8Array
}

const kinds = ['input', 'answer', 'thrown', 'ask'] as const

/**
 * Memory that a thread writes its replies into and the server reads them from. A message would cost more than most
 * replies; and what is written here is safe when the thread is held up or ends right after.
 *
 *     record: length, kind, step, number, length of the text (five 32-bit integers), text in UTF-8, body, up to 3 bytes
 *     length 0: the rest of the memory is left out
 */
export interface ReplyRing {
  readonly bytes: SharedArrayBuffer
  /** Bytes read; bytes written; 1 while the reader has been woken and has not looked yet. Counted modulo 2³². */
  readonly positions: Int32Array
}

export const newReplyRing = (byteCount: number): ReplyRing => ({
  bytes: new SharedArrayBuffer(byteCount),
  positions: new Int32Array(new SharedArrayBuffer(12)),
})

const [read, written, woken] = [0, 1, 2] as const
const headBytes = 20

/** Returns false, having written nothing, where there is no room: then the reply must go another way. */
export function writeReply(
  { bytes, positions }: ReplyRing,
  reply: Omit<Reply, 'body'>,
  body: string | Uint8Array,
): boolean {
  const { kind, step, number, text } = reply
  const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const textLength = Buffer.byteLength(text)
  const length = headBytes + textLength + bodyLength
  const size = (length + 3) & ~3
  const start = Atomics.load(positions, written)
  const offset = (start >>> 0) % bytes.byteLength
  const skipped = bytes.byteLength - offset < size ? bytes.byteLength - offset : 0
  const used = (start - Atomics.load(positions, read)) >>> 0
  if (used + skipped + size > bytes.byteLength) return false
  const words = new Int32Array(bytes)
  if (skipped > 0) words[offset >> 2] = 0
  const at = skipped > 0 ? 0 : offset
  words.set([length, kinds.indexOf(kind), step, number, textLength], at >> 2)
  const memory = Buffer.from(bytes, at, length)
  if (textLength > 0) memory.write(text, headBytes)
  if (typeof body === 'string') memory.write(body, headBytes + textLength)
  else memory.set(body, headBytes + textLength)
  Atomics.store(positions, written, (start + skipped + size) | 0)
  return true
}

/** True where the reader has to be woken for what was written. */
export const mustWake = ({ positions }: ReplyRing): boolean => Atomics.exchange(positions, woken, 1) === 0

/** Takes out all that is there. Bodies are copies. */
export function* readReplies({ bytes, positions }: ReplyRing): Generator<Reply> {
  Atomics.store(positions, woken, 0)
  const words = new Int32Array(bytes)
  for (;;) {
    const start = Atomics.load(positions, read)
    if (start === Atomics.load(positions, written)) return
    const offset = (start >>> 0) % bytes.byteLength
    const length = words[offset >> 2] ?? 0
    if (length > 0) yield readReply(words, offset)
    const size = length > 0 ? (length + 3) & ~3 : bytes.byteLength - offset
    Atomics.store(positions, read, (start + size) | 0)
  }
}

function readReply(words: Int32Array, offset: number): Reply {
  const [length = 0, kind = 0, step = 0, number = 0, textLength = 0] = words.subarray(
    offset >> 2,
    (offset >> 2) + 5,
  )
  const memory = Buffer.from(words.buffer, offset, length)
  const body = Buffer.allocUnsafe(length - headBytes - textLength)
  memory.copy(body, 0, headBytes + textLength)
  return {
    kind: kinds[kind] ?? 'thrown',
    step,
    number,
    text: textLength > 0 ? memory.toString('utf8', headBytes, headBytes + textLength) : '',
    body,
  }
}
