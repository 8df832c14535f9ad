import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HostReport } from '../host/host-files.ts'
import { plainMachine, poll, TestHost, trainPlan } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

/**
 * Stands in for an engine: its one container is a process. `--log FILE` is an option of its own that goes before its
 * commands, as an engine's `--root` does. `IMAGE` of a container that it does not have is `missing`.
 */
function makeEngine(program: string): string[] {
  const path = host.path('engine')
  const script = `#!/bin/sh
[ "$1" = --version ] && { echo podman version 9; exit; }
log=$2; shift 2; echo "$*" >> "$log"
case $1 in
  ps) exit 0 ;;
  create) for last; do :; done
    case "$*" in *' missing '*) echo 'Trying to pull'; echo 'Error: no such image' >&2; exit 125 ;; esac
    echo "$MOOD" > "$log.mood" ;;
  start) echo '0001-01-01 0' > "$log.state"
    ${program}
    code=$?; echo "2026-01-01 $code" > "$log.state"; exit $code ;;
  inspect) case "$*" in *State.Pid*) echo "$(cat "$log.pid") 0815"; exit ;; esac
    read -r at code < "$log.state"; echo "false $code false $at" ;;
  rm) : > "$log.removed" ;;
esac
`
  writeFileSync(path, script, { mode: 0o755 })
  return [path, '--log', host.path('calls')]
}

const machine = plainMachine({ hasEnvironment: async () => false })
const plan = (more = {}) => trainPlan(host, { image: 'mine:1', environment: { MOOD: 'good' }, ...more })
const run = (program: string, more = {}): Promise<HostReport> => {
  host.containers = { engine: makeEngine(program), options: [] }
  return host.run(plan(more), machine)
}
const calls = () => readFileSync(host.path('calls'), 'utf8')

describe('an image of the user', () => {
  it('runs to its end, and nothing is left of it', async () => {
    const report = await run(`echo working; echo bytes > ${host.path('ml/model/weights')}`)
    expect(report).toMatchObject({ phase: 'exited', exitCode: 0 })
    expect(host.logLines()).toContain('working')
    expect(host.server.objects.has('bucket/out/job/output/model.tar.gz')).toBe(true)
    expect(readFileSync(host.path('calls.mood'), 'utf8')).toBe('good\n')
    expect(existsSync(host.path('calls.removed'))).toBe(true)
    expect(calls()).not.toContain('good')
  })

  it.each([
    ['its failure file', 'echo because > $failure; false', 'AlgorithmError: because, exit code: 1'],
    [
      'the error it printed',
      'echo "ValueError: boom"; sh -c "exit 4"',
      'AlgorithmError: ValueError: boom, exit code: 4',
    ],
    [
      'that it was killed',
      'sh -c "kill -KILL \\$\\$"',
      'AlgorithmError: OutOfMemory: Process killed by SIGKILL (signal 9), exit code: 137',
    ],
    ['the last line it printed', 'echo "no luck"; sh -c "exit 5"', 'AlgorithmError: no luck, exit code: 5'],
    ['nothing but its exit code', 'sh -c "exit 9"', 'AlgorithmError: , exit code: 9'],
  ])('fails with %s', async (_situation, program, reason) => {
    const report = await run(`failure=${host.path('ml/output/failure')}; ${program}`)
    expect(report).toMatchObject({ exitCode: Number(/\d+$/.exec(reason)?.[0]), reason })
    expect(existsSync(host.path('calls.removed'))).toBe(true)
  })

  it('is measured while it runs', async () => {
    const arn = 'arn:aws:sagemaker:us-west-2:123456789012:training-job/job'
    const waits = `echo $$ > ${host.path('calls.pid')}; while [ ! -e ${host.path('enough')} ]; do sleep 0.05; done`
    const ended = run(`TRAINING_JOB_ARN=${arn} /bin/sh -c '${waits}'`)
    const measured = () => [...host.server.metrics.keys()].join()
    await poll('a measurement', () => (measured().includes('CPU') ? true : undefined))
    writeFileSync(host.path('enough'), '')
    expect(await ended).toMatchObject({ exitCode: 0 })
    expect(measured()).toContain('job/algo-1/CPUUtilization/')
  })

  it("that the engine cannot get fails the job in the engine's words", async () => {
    const report = await run('', { image: 'missing' })
    const reason = 'ClientError: the image "missing" cannot be run: Error: no such image'
    expect(report).toMatchObject({ exitCode: 1, reason })
    expect(host.logLines()).toContain('Error: no such image')
  })

  it('whose program is not there fails the job in the same way', async () => {
    const report = await run('echo "Error: train: not found" >&2; exit 127')
    const reason = 'ClientError: the container of "mine:1" could not be started: Error: train: not found'
    expect(report).toMatchObject({ exitCode: 1, reason })
  })

  it('is asked to stop with SIGTERM, and its work is stored', async () => {
    const saved = `echo kept > ${host.path('ml/model/kept')}`
    const program = `trap '${saved}; exit 0' TERM; echo started; while :; do sleep 0.05; done`
    const ended = run(program)
    await poll('the start', () => (host.output().includes('started') ? true : undefined))
    host.stop()
    expect(await ended).toMatchObject({ exitCode: 0 })
    expect(host.server.objects.has('bucket/out/job/output/model.tar.gz')).toBe(true)
    expect(existsSync(host.path('calls.removed'))).toBe(true)
  })

  it('needs an engine that answers', async () => {
    host.containers = { engine: ['/bin/false'], options: [] }
    const report = await host.run(plan(), machine)
    expect(report).toMatchObject({
      exitCode: 1,
      reason: expect.stringContaining('none answers (/bin/false: it said nothing)'),
    })
    expect(report).toMatchObject({ reason: expect.stringContaining('apt-get install podman') })
  })
})
