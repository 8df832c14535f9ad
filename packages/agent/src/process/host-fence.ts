import { basename, dirname } from 'node:path'
import type { Host } from '../host/host.ts'
import type { HostPlan } from '../plan/host-plan.ts'
import { type Fence, noFence, openFence } from './fence/fence.ts'
import { noteLeftovers } from './leftovers.ts'

/** The fence around all programs of a host, as its plan's share says. */
export async function openHostFence({ share }: HostPlan, { config }: Host): Promise<Fence> {
  if (share === undefined) return noFence
  return openFence(share, {
    name: hostName(config.directory),
    note: (controlGroups) => noteLeftovers(config.directory, { controlGroups }),
  })
}

/** Of this machine, unique: `sagebrush-<group>-<index>`. */
export function hostName(directory: string): string {
  const name = `${basename(dirname(directory))}-${basename(directory)}`
  return `sagebrush-${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}`
}
