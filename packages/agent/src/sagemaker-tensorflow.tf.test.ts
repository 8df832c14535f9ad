import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prepareEnvironment } from '@sagebrush/environments'
import { beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const program = join(import.meta.dirname, 'testing/sagemaker-tensorflow.py')
/** As in a job: the package and what it is made of. */
const pythonPath = ['../python', '../../environments/python']
  .map((folder) => join(import.meta.dirname, folder))
  .join(':')
/** Its functions without arguments, each of which is one promise of PipeModeDataset. */
const checks = Array.from(
  readFileSync(program, 'utf8').matchAll(/^def (\w+)\(\):/gm),
  ([, name = '']) => name,
)

describe.each(['2.21.0', '2.12.0'])('sagemaker_tensorflow with TensorFlow %s', (tensorflow) => {
  let python = ''
  beforeAll(async () => {
    const environment = await prepareEnvironment(
      { tensorflow, python: '3.11', purpose: 'training' },
      {
        cacheDirectory: join(
          process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '', '.cache'),
          'sagebrush',
        ),
        variables: process.env,
        onProgress: () => {},
        signal: new AbortController().signal,
      },
    )
    python = environment.executable
  })

  it.concurrent.each(checks)('%s', async (check) => {
    const folder = mkdtempSync(join(tmpdir(), 'sagebrush-pipe-mode-'))
    try {
      const { stdout } = await run(python, [program, check], {
        env: {
          ...process.env,
          CHECK_FOLDER: folder,
          TF_CPP_MIN_LOG_LEVEL: '3',
          PYTHONDONTWRITEBYTECODE: '1',
          PYTHONPATH: pythonPath,
        },
      })
      expect(stdout).toContain('passed')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
