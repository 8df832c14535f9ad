import { join } from 'node:path'
import type { ObjectsClient } from '../objects/objects-client.ts'
import type { TrainPlan } from '../plan/host-plan.ts'
import { type OpenPipes, openPipes } from './pipes/open-pipes.ts'
import { type Staging, stageChannel } from './stage-channel.ts'

export interface BringOptions extends Pick<Staging, 'local' | 'signal'> {
  readonly client: ObjectsClient
  /** A Python 3, where one is known: large files go through pipes sooner with it. */
  readonly python: string | undefined
  /** Where the program finds its channels. */
  readonly directory: string
}

/**
 * Every channel as its mode wants it: files, or pipes that are fed until this is closed. Throws HostFailure.
 *
 *   <directory>/<channel>/…         File and FastFile
 *   <directory>/<channel>_<epoch>   Pipe
 */
export async function bringChannels(plan: TrainPlan, options: BringOptions): Promise<OpenPipes> {
  const { client, directory, local, python, signal } = options
  const { hosts, current } = plan.cluster
  const share = { host: Math.max(hosts.indexOf(current), 0), hosts: hosts.length }
  for (const channel of plan.channels) {
    if (channel.mode === 'Pipe') continue
    await stageChannel(channel, { client, directory: join(directory, channel.name), local, share, signal })
  }
  const pipes = plan.channels.filter(({ mode }) => mode === 'Pipe')
  return openPipes(pipes, { client, directory, share, signal, ...(python === undefined ? {} : { python }) })
}
