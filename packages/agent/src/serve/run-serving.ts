import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment, PrivateRoot } from '@sagebrush/environments'
import { HostFailure, internalServerError } from '../failure-reason.ts'
import type { Host, Outcome } from '../host/host.ts'
import { hostFiles } from '../host/host-files.ts'
import { connectionVariables, inheritedVariables, withoutProxyFor } from '../host/host-variables.ts'
import type { MultiModelPlan, ServePlan } from '../plan/host-plan.ts'
import { isolatingRoot } from '../process/isolation.ts'
import { fetchModel } from './fetch-model.ts'
import { type Bridge, openBridge } from './isolated/bridge.ts'
import { keepServing } from './keep-serving.ts'
import type { ModelServerOptions } from './model-server.ts'

/** How long a model may take to load. */
const startSeconds = 600

/**
 * One instance of an endpoint: its model is brought and served until the host is asked to stop. Throws
 * HostFailure.
 */
export async function runServing(plan: ServePlan, host: Host): Promise<Outcome> {
  if (!(await host.machine.hasEnvironment(plan.image))) {
    const { serveOwnImage } = await import('./own-image/serve-own-image.ts')
    return serveOwnImage(plan, host)
  }
  const main = host.config.modelServer
  if (main === undefined) throw new HostFailure(internalServerError('--model-server is missing'))
  const modelDirectory = join(host.config.directory, hostFiles.ml, 'model')
  await mkdir(modelDirectory, { recursive: true })
  const task = { say: host.log.line, signal: host.stop }
  const python = await host.machine.prepareEnvironment(plan.image, 'inference', task)
  const anyRoot = await host.machine.privateRoot()
  const root = plan.isIsolated ? await isolatingRoot(anyRoot) : anyRoot
  await using bridge = plan.isIsolated ? await openBridge() : undefined

  if (plan.modelUri !== undefined) {
    await host.report.running('downloading')
    await fetchModel(plan.modelUri, modelDirectory, { client: host.objects, signal: host.stop })
  }

  await host.report.running('loading')
  const environment = serverEnvironment(plan, host)
  const { log } = host
  const server = {
    command: serverCommand(main, python, { host, root, bridge }),
    environment,
    log,
    startSeconds,
  }
  const options = { ...server, directory: modelDirectory }
  const { multiModel } = plan
  if (multiModel === undefined) return await keepServing(options, host)
  return await keepServingMany(options, host, { plan: { ...plan, multiModel }, root })
}

type MultiModelServePlan = ServePlan & { readonly multiModel: MultiModelPlan }

async function keepServingMany(
  server: ModelServerOptions,
  host: Host,
  { plan, root }: { readonly plan: MultiModelServePlan; readonly root: PrivateRoot | undefined },
): Promise<Outcome> {
  const { openMultiModelFront } = await import('./multi-model/multi-model-front.ts')
  const { bringUniversalCode } = await import('./multi-model/universal-code.ts')
  const environment = { ...server.environment, SAGEMAKER_MULTI_MODEL: 'true' }
  await bringUniversalCode(environment, host)
  await using front = await openMultiModelFront(plan, host, mlDirectoryOf(host, root))
  return await keepServing({ ...server, environment, announce: front.announce }, host)
}

/** As the model server sees it. */
const mlDirectoryOf = ({ config }: Host, root: PrivateRoot | undefined): string =>
  root === undefined ? join(config.directory, hostFiles.ml) : '/opt/ml'

/** MB of garbage that may gather before Node looks for it: with large bodies it would otherwise look all the time. */
const heapOptions = ['--initial-heap-size=128']

/** With an /opt/ml of its own, where user code looks for its files; or else with the real folder. */
function serverCommand(
  main: string,
  python: Environment,
  { host, root, bridge }: { host: Host; root: PrivateRoot | undefined; bridge: Bridge | undefined },
): string[] {
  const { directory, environments } = host.config
  if (python.libtensorflow === undefined)
    throw new HostFailure(internalServerError('the environment has no C library'))
  const mlDirectory = join(directory, hostFiles.ml)
  const command = [
    ...[process.execPath, ...heapOptions, main, 'serve', '--port', '0', '--host', '127.0.0.1'],
    ...['--model_dir', join(mlDirectoryOf(host, root), 'model')],
    ...['--libtensorflow', python.libtensorflow, '--cache_directory', environments],
    ...['--tensorflow_version', python.tensorflow, '--python_version', python.python],
    ...['--work_directory', join(directory, 'python')],
  ]
  const bridged = bridge === undefined ? command : bridge.wrap(command)
  return root === undefined ? command : root.wrap(bridged, { mlDirectory, isIsolated: bridge !== undefined })
}

/** What the endpoint's model sets wins. The container's own variables are the model server's business. */
function serverEnvironment(plan: ServePlan, { config }: Host): Record<string, string> {
  const base = {
    ...inheritedVariables(config.variables),
    ...connectionVariables(plan, config.credentials),
    ...plan.environment,
  }
  return { ...base, ...withoutProxyFor(plan.endpoint, base) }
}
