import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Runs the Python clients' suite in an environment of its own; arguments go to pytest. */
const folder = 'conformance/python'
const python = join('.venv', 'bin', 'python')
const workers = 3

if (!existsSync(python)) run('python3', ['-m', 'venv', '.venv'])
run(python, ['-m', 'pip', 'install', '--quiet', 'uv'])
run(python, [
  '-m',
  'uv',
  'pip',
  'install',
  '--quiet',
  '--python',
  python,
  '-r',
  join(folder, 'requirements.txt'),
])
mkdirSync('.results', { recursive: true })
const options = [
  '-m',
  'pytest',
  folder,
  '-n',
  String(workers),
  // Tests of one group share what is dear to set up.
  '--dist=loadgroup',
  '--junitxml=.results/python.xml',
  '-o',
  'junit_family=xunit1',
]
process.exitCode = run(python, [...options, ...process.argv.slice(2)], { allowFailure: true })

function run(program, args, { allowFailure = false } = {}) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0 && !allowFailure) process.exit(status ?? 1)
  return status ?? 1
}
