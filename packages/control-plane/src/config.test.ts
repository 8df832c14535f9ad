import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, completeConfig, type ServerOptions } from './config.ts'

const programs = { agentMain: '/agent.js', modelServerMain: '/model-server.js' }
const complete = (options: Partial<ServerOptions>, environment = {}) =>
  completeConfig({ dataDirectory: '/data', ...programs, ...options }, environment)

test('everything but the data directory has a default', () => {
  expect(complete({})).toMatchObject({
    dataDirectory: '/data',
    host: '127.0.0.1',
    hostForAgents: '127.0.0.1',
    port: 0,
    auth: 'sigv4',
    region: 'us-west-2',
    account: '123456789012',
    environmentsDirectory: join(homedir(), '.cache/sagebrush'),
    agentEnvironment: {},
  })
  expect(complete({}).maxJobs).toBeGreaterThanOrEqual(1)
})

test('instance types come from a file, which is read at once', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'sagebrush-config-')), 'types.json')
  await writeFile(file, '{"default": {"cpus": 1, "memoryGiB": 2}}')
  const { instanceTypes } = complete({ instanceTypesFile: file })
  expect(instanceTypes).toEqual({ default: { cpus: 1, memoryGiB: 2, gpus: 0 } })
  await rm(dirname(file), { recursive: true })
  expect(() => complete({ instanceTypesFile: file })).toThrow(ConfigError)
  expect(complete({}).instanceTypes).toEqual({})
})

test('an option that is undefined is one that is not given', () => {
  const options = { port: undefined, host: undefined } as unknown as Partial<ServerOptions>
  expect(complete(options)).toMatchObject({ port: 0, host: '127.0.0.1' })
})

test('environments are kept where caches are', () => {
  const { environmentsDirectory } = complete({}, { XDG_CACHE_HOME: '/cache' })
  expect(environmentsDirectory).toBe('/cache/sagebrush')
})

test("agents get this process's environment without credentials and settings of other clouds and programs", () => {
  const environment = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    AWS_PROFILE: 'work',
    AWS_SECRET_ACCESS_KEY: 'secret',
    SM_MODEL_DIR: '/opt/ml/model',
    NODE_OPTIONS: '--inspect',
    npm_config_cache: '/npm',
    EMPTY: undefined,
  }
  expect(complete({}, environment).agentEnvironment).toEqual({ PATH: '/bin', HTTPS_PROXY: 'http://proxy' })
})

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['::1', '[::1]'],
  ['192.168.1.2', '192.168.1.2'],
  ['localhost', 'localhost'],
])('a server that listens on %s is reached at %s', (host, expected) => {
  expect(complete({ host }).hostForAgents).toBe(expected)
})

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('auth none is taken on %s', (host) => {
  expect(complete({ host, auth: 'none' }).auth).toBe('none')
})

test.each<[Partial<ServerOptions>, string]>([
  [{ dataDirectory: '' }, 'dataDirectory must not be empty'],
  [{ port: -1 }, 'port must be from 0 to 65535, not -1'],
  [{ port: 65_536 }, 'port must be from 0 to 65535, not 65536'],
  [{ port: 1.5 }, 'port must be from 0 to 65535, not 1.5'],
  [{ port: Number.NaN }, 'port must be from 0 to 65535, not NaN'],
  [{ auth: 'basic' as 'none' }, 'auth must be sigv4 or none, not basic'],
  [{ auth: 'none', host: '0.0.0.0' }, 'auth none is for loopback addresses only, and host is 0.0.0.0'],
  [
    { auth: 'none', host: '127.0.0.1.example.com' },
    'auth none is for loopback addresses only, and host is 127.0.0.1.example.com',
  ],
  [{ region: 'Oregon!' }, 'region must be lower case letters, digits and "-", not Oregon!'],
  [{ account: '12' }, 'account must be twelve digits, not 12'],
  [{ maxJobs: 0 }, 'maxJobs must be a whole number from 1, not 0'],
])('%j is refused', (options, message) => {
  expect(() => complete(options)).toThrow(ConfigError)
  expect(() => complete(options)).toThrow(message)
})
