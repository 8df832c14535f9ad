import { describe, expect, it } from 'vitest'
import type { TrainPlan } from '../plan/host-plan.ts'
import { samplePlan } from '../testing/plans.ts'
import { layoutAt } from '../train/ml-folder/layout.ts'
import { containerEnvironment } from './container-environment.ts'
import { isHeeded, trainArguments } from './create-arguments.ts'
import type { Engine } from './engine.ts'

const podman: Engine = { command: ['/usr/bin/podman'], kind: 'podman', options: [], environment: {} }

function argumentsOf(plan: Partial<TrainPlan>, engine: Partial<Engine> = {}, root = '/data/ml'): string[] {
  return trainArguments(
    { ...podman, ...engine },
    {
      plan: samplePlan({ image: 'mine:1', ...plan }),
      layout: layoutAt(root),
      name: 'sagebrush-x-0',
      directory: '/data',
      environment: { MOOD: 'good', PATH: '/bin' },
      ulimits: { openFiles: 1024, processes: 4096 },
    },
  )
}
const after = (args: readonly string[], option: string) =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1]] : []))

describe('trainArguments', () => {
  it('mounts /opt/ml, its data read-only, and names the container and its host', () => {
    const args = argumentsOf({})
    expect(args.slice(0, 5)).toEqual(['create', '--name', 'sagebrush-x-0', '--label', 'sagebrush.host=/data'])
    expect(after(args, '--mount')).toEqual([
      'type=bind,source=/data/ml,target=/opt/ml',
      'type=bind,source=/data/ml/input/data,target=/opt/ml/input/data,readonly',
    ])
    expect(after(args, '--hostname')).toEqual(['algo-1'])
  })

  it('mounts checkpoints where the program wants them', () => {
    const folder = { uri: 's3://b/c', twoWay: true }
    const syncedFolders = ['/opt/ml/checkpoints', '/ckpt'].map((path) => ({ ...folder, path }))
    expect(after(argumentsOf({ syncedFolders }), '--mount')).toContain(
      'type=bind,source=/data/synced/ckpt,target=/ckpt',
    )
    expect(after(argumentsOf({ syncedFolders }), '--mount')).toHaveLength(3)
  })

  it('keeps a path whole that has commas and quotes', () => {
    const [mount] = after(argumentsOf({}, {}, '/a,"b"'), '--mount')
    expect(mount).toBe('type=bind,"source=/a,""b""",target=/opt/ml')
  })

  it('names variables, and gives values only where the client heeds them itself', () => {
    expect(after(argumentsOf({}), '--env')).toEqual(['MOOD', 'PATH=/bin'])
  })

  it('uses the network of the machine, or none at all', () => {
    expect(after(argumentsOf({}), '--network')).toEqual(['host'])
    expect(after(argumentsOf({}), '--add-host')).toEqual(['algo-1:127.0.1.1'])
    const isolated = argumentsOf({ isIsolated: true })
    expect(after(isolated, '--network')).toEqual(['none'])
    expect(after(isolated, '--add-host')).toEqual([])
  })

  it.each<[string, TrainPlan['containerCommand'], string[], readonly (string | undefined)[]]>([
    ['as the image says', undefined, ['mine:1', 'train'], []],
    ['with other arguments', { arguments: ['fit', 'a b'] }, ['mine:1', 'fit', 'a b'], []],
    ['by an entry point', { entrypoint: ['python', '-u'] }, ['mine:1', '-u'], ['python']],
    ['by both', { entrypoint: ['sh', '-c'], arguments: ['x'] }, ['mine:1', '-c', 'x'], ['sh']],
  ])('starts the program %s', (_situation, containerCommand, end, entrypoint) => {
    const args = argumentsOf(containerCommand ? { containerCommand } : {})
    expect(args.slice(args.indexOf('mine:1'))).toEqual(end)
    expect(after(args, '--entrypoint')).toEqual(entrypoint)
  })

  it("holds it to the host's share", () => {
    const share = { cpus: 0.5, memoryLimitBytes: 2 ** 30, processLimit: 10 }
    const args = argumentsOf({ share })
    expect(after(args, '--memory')).toEqual(['1073741824b'])
    expect(after(args, '--memory-swap')).toEqual(['1073741824b'])
    expect(after(args, '--pids-limit')).toEqual(['10'])
    expect(after(args, '--cpu-shares')).toEqual(['512'])
    expect(args).not.toContain('--gpus')
    expect(argumentsOf({})).not.toContain('--memory')
  })

  it('hands GPUs on as each engine wants them', () => {
    const share = { cpus: 1, memoryLimitBytes: 1, processLimit: 1, gpus: ['0', '2'] }
    expect(after(argumentsOf({ share }), '--device')).toEqual(['nvidia.com/gpu=0', 'nvidia.com/gpu=2'])
    expect(after(argumentsOf({ share }, { kind: 'docker' }), '--gpus')).toEqual(['"device=0,2"'])
  })

  it('adds what the user wants, whose limits take the place of ours', () => {
    expect(after(argumentsOf({}), '--ulimit')).toEqual(['nofile=1024:1024', 'nproc=4096:4096'])
    const args = argumentsOf({}, { options: ['--ulimit=nofile=8', '--privileged'] })
    expect(after(args, '--ulimit')).toEqual([])
    expect(args.indexOf('--privileged')).toBeLessThan(args.indexOf('mine:1'))
  })
})

it.each([
  ['AWS_SECRET_ACCESS_KEY', false],
  ['TOKEN', false],
  ['LDAP', false],
  ['HOME', true],
  ['LD_PRELOAD', true],
  ['DOCKER_HOST', true],
  ['https_proxy', true],
  ['GODEBUG', true],
])('the client heeds %s: %s', (name, heeded) => {
  expect(isHeeded(name)).toBe(heeded)
})

it('a container reaches the server with credentials, unless it is isolated', () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
  const open = containerEnvironment(samplePlan({ environment: { MOOD: 'good' } }), credentials)
  expect(open).toMatchObject({
    TRAINING_JOB_NAME: 'job',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:8400',
    AWS_ACCESS_KEY_ID: 'AKID',
    MOOD: 'good',
  })
  const isolated = containerEnvironment(samplePlan({ isIsolated: true }), credentials)
  expect(isolated).toMatchObject({ TRAINING_JOB_NAME: 'job', AWS_REGION: 'us-west-2' })
  expect(Object.keys(isolated).filter((name) => /KEY|ENDPOINT/.test(name))).toEqual([])
})
