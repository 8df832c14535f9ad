import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OwnPython, ownPython } from '../own-python.ts'
import { prepareEnvironment } from '../prepare.ts'
import { startS3StandIn } from './testing/s3-stand-in.ts'

const options = {
  cacheDirectory:
    env.SAGEBRUSH_ENVIRONMENTS ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush'),
  variables: env,
}
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensorflow-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function run(python: OwnPython, args: readonly string[], variables: Record<string, string> = {}) {
  const child = spawn(python.executable, args, {
    cwd: directory,
    env: { ...python.variables, HOME: directory, TF_CPP_MIN_LOG_LEVEL: '3', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, output, errors }
}

describe.each(['2.12.0', '2.21.0'])('TensorFlow %s', (tensorflow) => {
  it('saves and reads everything at s3:// paths', { timeout: 300_000 }, async () => {
    await using s3 = await startS3StandIn(['bucket'])
    const environment = await prepareEnvironment({ tensorflow }, options)
    const python = await ownPython(environment, { ...options, directory: join(directory, 'python') })
    const script = fileURLToPath(new URL('fixtures/save-everywhere.py', import.meta.url))
    const { code, errors } = await run(python, [script, 's3://bucket/job/model'], {
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'us-west-2',
    })
    expect(code, errors).toBe(5)
    const names = [...s3.objects.keys()].map((name) => name.replace('bucket/job/model/', ''))
    expect(names).toEqual(
      expect.arrayContaining([
        ...['export/1/saved_model.pb', 'export/1/variables/variables.index', 'saved/1/saved_model.pb'],
        ...['model.keras', 'model.h5', 'model.weights.h5', 'large', 'checkpoints/checkpoint'],
        ...['checkpoints/ckpt-2.index', 'checkpoints/ckpt-3.index', expect.stringMatching(/^best\/model-2/)],
        ...[expect.stringMatching(/^weights\/last/), expect.stringMatching(/^logs\/train\/events/)],
      ]),
    )
    expect(names).not.toContain('checkpoints/ckpt-1.index')
    const events = [...s3.objects].find(([name]) => name.includes('/events/'))
    expect(String(events?.[1])).toContain('loss')
  })
})

it('installs requirements above TensorFlow without a second TensorFlow', { timeout: 300_000 }, async () => {
  const environment = await prepareEnvironment({ tensorflow: '2.21.0' }, options)
  const requirements = join(directory, 'requirements.txt')
  await writeFile(requirements, 'tensorflow>=2.12\nnumpy\ntabulate==0.9.0\n')
  const cacheDirectory = join(directory, 'cache')
  const progress: string[] = []
  const python = await ownPython(environment, {
    ...{ variables: env, cacheDirectory, requirements, directory: join(directory, 'python') },
    onProgress: (line) => progress.push(line),
  })
  const { code, output } = await run(python, [
    '-c',
    'import tabulate, tensorflow; print(tabulate.__version__)',
  ])
  expect([code, output.trim()]).toEqual([0, '0.9.0'])
  expect(progress.at(-1)).toBe('Successfully installed tabulate-0.9.0')
  expect(await readdir(join(cacheDirectory, 'layers'))).toHaveLength(1)
})
