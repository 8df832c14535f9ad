import { join } from 'node:path'
import type { Outcome } from '../../host/host.ts'
import { readHyperParameters } from '../toolkit/hyper-parameters/hyper-parameters.ts'
import type { Training } from '../training.ts'
import { ourPackages } from './our-packages.ts'
import { ownOutcome } from './own-outcome.ts'
import { programEnvironment } from './program-environment.ts'
import { runToEnd } from './run-to-end.ts'

/**
 * Runs the command that the job names in the place of the training toolkit, in the environment that its image stands
 * for. As in a container, the `SM_` variables are not there then: the toolkit would have made them.
 */
export async function runCommand(training: Training, words: readonly string[]): Promise<Outcome> {
  const { plan, host, base, root } = training
  const task = { say: host.log.line, signal: host.stop }
  const directory = join(host.config.directory, 'python')
  const python = await host.machine.ownPython(base, { directory }, task)
  const environment = programEnvironment({
    plan,
    hyperParameters: readHyperParameters(plan.hyperParameters, plan.name),
    credentials: host.config.credentials,
    inherited: host.config.variables,
    python: python.variables,
    sm: {},
    codeDirectory: root.layout.code,
    ourPackages,
  })
  // A shell finds the program on the PATH of the job's own Python.
  const command = { program: '/bin/sh', args: ['-c', 'exec "$@"', 'sh', ...words] }
  return ownOutcome(training, await runToEnd(training, command, environment))
}
