import { describe, expect, it } from 'vitest'
import { entryCommand, entryKind, printedCommand } from './entry-point.ts'

describe('entryKind', () => {
  it.each([
    ['train.py', false, 'program'],
    ['train.py', true, 'package'],
    ['train.sh', false, 'command'],
    ['train.sh', true, 'command'],
    ['train', false, 'command'],
    ['train', true, 'package'],
    ['bin/run.pl', false, 'command'],
    ['-m tools.train', false, 'module'],
    ['-m tools.train', true, 'package'],
  ] as const)('%s, setup.py there: %s → %s', (entryPoint, hasSetupPy, expected) => {
    expect(entryKind(entryPoint, hasSetupPy)).toBe(expected)
  })
})

describe('entryCommand', () => {
  it.each([
    ['program', 'sub/train.py', "/env/bin/python sub/train.py --name 'a b'"],
    ['package', 'train.py', "/env/bin/python -m train --name 'a b'"],
    ['package', '-m my.tool', "/env/bin/python -m my.tool --name 'a b'"],
    ['module', '-m  my.tool', "/env/bin/python -m my.tool --name 'a b'"],
    ['package', 'my/tool.py', "/env/bin/python -m my.tool --name 'a b'"],
  ] as const)('%s %s', (kind, entryPoint, expected) => {
    const command = entryCommand(kind, entryPoint, { args: ['--name', 'a b'], python: '/env/bin/python' })
    expect(printedCommand(command)).toBe(expected)
  })

  it('runs anything else through a shell, each argument whole', () => {
    const command = entryCommand('command', 'x.sh', { args: ['-e', '', '--m', '$HOME'], python: 'p' })
    expect(command).toEqual({ program: '/bin/sh', args: ['-c', "./x.sh -e '' --m '$HOME'"] })
  })
})
