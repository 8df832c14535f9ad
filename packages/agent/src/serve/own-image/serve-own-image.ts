import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handedOn, serveArguments } from '../../containers/create-arguments.ts'
import { findEngine } from '../../containers/engine.ts'
import { ownLimits } from '../../containers/own-limits.ts'
import { withContainer } from '../../containers/with-container.ts'
import { clientError, HostFailure } from '../../failure-reason.ts'
import type { Host, Outcome } from '../../host/host.ts'
import { hostFiles } from '../../host/host-files.ts'
import type { ServePlan } from '../../plan/host-plan.ts'
import { fetchModel } from '../fetch-model.ts'
import { keepServing } from '../keep-serving.ts'

/** How long a container may take until it answers. */
const startSeconds = 600

const containerServer = fileURLToPath(
  new URL('../../../dist/serve/own-image/container-server.js', import.meta.url),
)

/**
 * One instance of an endpoint whose image is the user's own: `docker run <image> serve`, with the model in /opt/ml/model
 * and port 8080. Nothing of it is left when it ends, nor when this process is killed. Throws HostFailure.
 */
export async function serveOwnImage(plan: ServePlan, host: Host): Promise<Outcome> {
  refuseWhatCannotBe(plan)
  const engine = await findEngine(host.config, plan.image, host.stop)
  const modelDirectory = join(host.config.directory, hostFiles.ml, 'model')
  await mkdir(modelDirectory, { recursive: true })
  if (plan.modelUri !== undefined) {
    await host.report.running('downloading')
    await fetchModel(plan.modelUri, modelDirectory, { client: host.objects, signal: host.stop })
  }
  await host.report.running('loading')
  return withContainer(engine, host, async (name) => {
    const variables = { AWS_REGION: plan.region, AWS_DEFAULT_REGION: plan.region, ...plan.environment }
    const create = serveArguments(engine, {
      plan,
      name,
      modelDirectory,
      directory: host.config.directory,
      environment: variables,
      ulimits: await ownLimits(),
    })
    const command = [
      process.execPath,
      containerServer,
      JSON.stringify({ engine: engine.command, name, create }),
    ]
    const environment = { ...engine.environment, ...handedOn(variables) }
    const { log, config } = host
    return keepServing({ command, environment, directory: config.directory, log, startSeconds }, host)
  })
}

function refuseWhatCannotBe({ image, isIsolated, multiModel }: ServePlan): void {
  if (isIsolated)
    refuse(`${image} cannot be served with EnableNetworkIsolation: its port could not be reached either`)
  if (multiModel)
    refuse(`${image} cannot be served in Mode MultiModel: this server does that for TensorFlow images only`)
}

function refuse(text: string): never {
  throw new HostFailure(clientError(text))
}
