import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

const variables = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' }

it('reads flags and credentials', () => {
  const places = ['--host-directory', '/h', '--model-server', '/m.js', '--environments', '/e']
  const containers = ['--container-engine=podman --root "/my data"', '--container-options=--init']
  const args = [...places, ...containers]
  expect(readConfig(args, variables)).toEqual({
    directory: '/h',
    modelServer: '/m.js',
    environments: '/e',
    containers: { engine: ['podman', '--root', '/my data'], options: ['--init'] },
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    variables,
  })
})

it.each([
  ['no folder', [], variables, '--host-directory is missing'],
  ['an unknown flag', ['--host-directory', '/h', '--odd'], variables, '--odd'],
  ['no credentials', ['--host-directory', '/h'], {}, 'AWS_ACCESS_KEY_ID'],
])('refuses %s by name', (_situation, args, given, message) => {
  expect(() => readConfig(args, given)).toThrow(message)
})

it('keeps environments in the cache of the user, unless told otherwise', () => {
  const given = { ...variables, XDG_CACHE_HOME: '/cache' }
  expect(readConfig(['--host-directory', '/h'], given).environments).toBe('/cache/sagebrush')
})
