import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { keepVariables } from './shell-variables.ts'

const call = { program: '/usr/bin/printenv', args: ['SM_HP_LEARNING-RATE'] }

it('leaves a call alone whose variables every shell knows', () => {
  expect(keepVariables(call, { PATH: '/bin', SM_HP_EPOCHS: '1', _x1: '' })).toBe(call)
})

it('hands on what a shell would drop', () => {
  const environment = { 'SM_HP_LEARNING-RATE': '0.1 "x"', 'SM_CHANNEL_EVAL.SET': '/d', PATH: '/bin' }
  const { program, args } = keepVariables(call, environment)
  const printed = execFileSync('/bin/sh', ['-c', 'exec "$@"', 'sh', program, ...args], {
    env: environment,
    encoding: 'utf8',
  })
  expect(printed).toBe('0.1 "x"\n')
})
