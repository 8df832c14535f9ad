import type { ObjectsClient } from '../../objects/objects-client.ts'
import type { ChannelPlan } from '../../plan/host-plan.ts'
import { channelFailure } from '../channel-failure.ts'
import type { Share } from '../epoch-order.ts'
import { nameCorruption } from './corruption/name-corruption.ts'
import { feedChannel, fifoPath, type PipeChannel } from './feed-channel.ts'
import { makeFifo } from './fifo.ts'
import { streamItems } from './stream-items.ts'

export interface PipesOptions {
  readonly client: ObjectsClient
  readonly share: Share
  /** Where the channels' data is. */
  readonly directory: string
  /** A Python 3 for large files; see `PipeChannel`. */
  readonly python?: string
  /** Ends the listing. */
  readonly signal: AbortSignal
}

/** The Pipe channels of a running job. Closing ends their streams. */
export interface OpenPipes extends AsyncDisposable {
  /** Aborted, with a HostFailure as its reason, when data can no longer be given: the program must not go on. */
  readonly lost: AbortSignal
  /** Which object is corrupt, after a program has said that its data is; see `nameCorruption`. */
  corruption(said: string, signal: AbortSignal): Promise<string | undefined>
}

/** Makes the first pipe of each channel and feeds whoever reads them. Throws HostFailure. */
export async function openPipes(plans: readonly ChannelPlan[], options: PipesOptions): Promise<OpenPipes> {
  const { client, share, directory, python, signal } = options
  const channels: PipeChannel[] = []
  for (const plan of plans) {
    const items = await streamItems(plan, { client, signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw channelFailure(plan, error)
    })
    const channel = { plan, items, directory, share, ...(python === undefined ? {} : { python }) }
    await makeFifo(fifoPath(channel, 0))
    channels.push(channel)
  }
  const end = new AbortController()
  const lost = new AbortController()
  const feeds = channels.map((channel) =>
    feedChannel(channel, { client, signal: end.signal }).catch((error: unknown) => {
      if (!end.signal.aborted) lost.abort(channelFailure(channel.plan, error))
    }),
  )
  return {
    lost: lost.signal,
    corruption: (said, until) => nameCorruption(channels, said, { client, signal: until }),
    async [Symbol.asyncDispose]() {
      end.abort()
      await Promise.all(feeds)
    },
  }
}
