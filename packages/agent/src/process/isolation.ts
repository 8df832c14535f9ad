import type { PrivateRoot } from '@sagebrush/environments'
import { clientError, HostFailure } from '../failure-reason.ts'

/** The root, which keeps programs from the network. Throws HostFailure where the machine has none that does. */
export async function isolatingRoot(root: PrivateRoot | undefined): Promise<PrivateRoot> {
  if (root !== undefined && (await root.isolates())) return root
  throw new HostFailure(clientError(noIsolation))
}

const noIsolation =
  'EnableNetworkIsolation is set, and the machine of the server cannot keep a program from the network: that takes ' +
  'Linux with network namespaces (unshare --net) and iproute2. Run it without, or train in a container image of your own.'
