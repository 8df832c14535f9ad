import { join, relative } from 'node:path'
import { writeMarker } from '../cache/inventory.ts'
import type { EnvironmentOptions } from '../environment.ts'
import { EnvironmentError } from '../environment-error.ts'
import type { Choice } from '../versions/choose.ts'
import { minorOf } from '../versions/version.ts'
import { failureLines } from './failure-lines.ts'
import { writeAlias } from './package-alias.ts'
import { basePackages, type TensorFlowPackage } from './packages.ts'
import { runTool } from './run-tool.ts'
import type { Uv } from './uv.ts'

export interface Installation {
  /** An empty folder; the environment may be moved afterwards. */
  readonly directory: string
  readonly choice: Choice
  readonly wanted: TensorFlowPackage
  readonly uv: Uv
}

/** Makes an environment and its marker in `directory`. Throws EnvironmentError with the installer's reason. */
export async function install(installation: Installation, options: EnvironmentOptions): Promise<void> {
  const { directory, choice, wanted, uv } = installation
  const { tensorflow, interpreter } = choice
  const title = `TensorFlow ${tensorflow} for Python ${minorOf(interpreter.version)}`
  const executable = join(directory, 'bin', 'python')
  const made = await uv.run([
    ...['venv', '--quiet', '--relocatable', '--allow-existing', '--no-project'],
    ...['--python', interpreter.executable, directory],
  ])
  if (made.exitCode !== 0) throw new EnvironmentError(`${title}: ${failureLines(made.lines)}`)

  options.onProgress?.(`Preparing ${title}`)
  const requirement = `${wanted.name}${wanted.extra === undefined ? '' : `[${wanted.extra}]`}==${tensorflow}`
  const installed = await uv.run(
    ['pip', 'install', '--python', executable, ...uv.settings.arguments, requirement, ...basePackages],
    { onLine: (line) => isTelling(line) && options.onProgress?.(`  ${line.trim()}`) },
  )
  if (installed.exitCode !== 0)
    throw new EnvironmentError(`${title} cannot be installed: ${failureLines(installed.lines)}`)

  options.onProgress?.(`Starting TensorFlow ${tensorflow} for the first time`)
  const facts = await importTensorFlow(executable, { title, variables: uv.settings.variables, options })
  if (wanted.name === 'tensorflow-cpu')
    await writeAlias(facts.sitePackages, { name: 'tensorflow', version: tensorflow, of: wanted.name })
  const { libtensorflow, sitePackages } = facts
  await writeMarker(directory, {
    tensorflow,
    python: minorOf(interpreter.version),
    pythonVersion: interpreter.version,
    executable: relative(directory, executable),
    sitePackages: relative(directory, sitePackages),
    ...(libtensorflow === '' ? {} : { libtensorflow: relative(directory, libtensorflow) }),
  })
}

/** uv's lines on what it does, without the list of all packages at the end. */
const isTelling = (line: string) =>
  /^\s*(Resolved|Downloading|Downloaded|Prepared|Installed|Building)\b/.test(line)

const question = `
import boto3.session, glob, os, sysconfig, tensorflow
tensorflow.keras.Model, boto3.session.Session().client('s3', region_name='us-west-2')
folder = os.path.dirname(tensorflow.__file__)
library = sorted(glob.glob(folder + '/libtensorflow_cc.so*') + glob.glob(folder + '/libtensorflow_cc.*dylib'))
print('environment', tensorflow.__version__, sysconfig.get_paths()['purelib'], library[-1] if library else '', sep='\\t')
`

/** The real test of an installation; it also compiles what every program would have to compile otherwise. */
async function importTensorFlow(
  executable: string,
  {
    title,
    variables,
    options,
  }: { title: string; variables: Uv['settings']['variables']; options: EnvironmentOptions },
): Promise<{ sitePackages: string; libtensorflow: string }> {
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' }
  const compiling = { PYTHONDONTWRITEBYTECODE: undefined, PYTHONPYCACHEPREFIX: undefined }
  const { exitCode, output, lines } = await runTool(executable, ['-c', question], {
    variables: { ...variables, ...quiet, ...compiling },
    signal: options.signal,
    timeoutSeconds: 600,
  })
  const [, , sitePackages, libtensorflow = ''] =
    output.findLast((line) => line.startsWith('environment\t'))?.split('\t') ?? []
  if (exitCode !== 0 || sitePackages === undefined)
    throw new EnvironmentError(`${title} is installed but does not start: ${failureLines(lines)}`)
  return { sitePackages, libtensorflow }
}
