import { rmSync } from 'node:fs'
import { counted } from './count.mjs'
import { gate } from './gate.mjs'
import { runSteps } from './steps.mjs'

const vitest = (config, result) => [
  'npx',
  'vitest',
  'run',
  '--config',
  config,
  '--reporter=verbose',
  '--reporter=json',
  `--outputFile.json=.results/${result}.json`,
]

/** Everything: the quick gate, the tests on real TensorFlow, and other people's clients against the real server. */
const steps = [
  ...gate,
  { name: 'tests on TensorFlow', command: vitest('vitest.tensorflow.config.ts', 'tensorflow') },
  { name: 'conformance', command: vitest('conformance/vitest.config.ts', 'conformance') },
  { name: "other people's Python clients", command: ['node', 'scripts/pytest.mjs'] },
]

rmSync('.results', { recursive: true, force: true })
const code = await runSteps(steps)
const { passed, failed } = counted('.results')
process.stdout.write(`\n${passed} passed, ${code === 0 ? failed : Math.max(failed, 1)} failed\n`)
process.exitCode = code
