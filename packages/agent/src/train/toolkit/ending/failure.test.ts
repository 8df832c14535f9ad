import { describe, expect, it } from 'vitest'
import { errorMessage, scriptFailure } from './failure.ts'

const raised = (lines: string) =>
  `step 1\nTraceback (most recent call last):\n  File "train.py", line 3\n${lines}`

describe('errorMessage', () => {
  it.each([
    ['nothing that names an error', 'epoch 1\nloss: 0.5\n', ''],
    ['empty output', '', ''],
    ['the error under a traceback', raised('    f()\nValueError: boom\n'), 'ValueError: boom'],
    ['an error without a text', raised('KeyboardInterrupt\n'), 'KeyboardInterrupt'],
    [
      'an error without a text, raised by its name',
      raised('    raise KeyboardInterrupt\nKeyboardInterrupt\n'),
      'KeyboardInterrupt',
    ],
    ['a class of any name', raised('    raise Oops("x")\nOops: x\n'), 'Oops: x'],
    ['a traceback that was cut off', 'ValueError: a\nTraceback (most recent call last):\n  File "x"\n', ''],
    ['a dotted name', raised('keras.src.errors.OddError: x\n'), 'keras.src.errors.OddError: x'],
    ['a text of several lines', raised('ValueError: one\n  two\n'), 'ValueError: one\n  two'],
    [
      'a handled error before the real one',
      `ValueError: handled\n${raised('KeyError: 1\n')}\nDuring handling of the above exception:\n${raised("TypeError: 'x'\n")}`,
      "TypeError: 'x'",
    ],
    [
      'an error in brackets',
      "python: Error while finding module specification for 'a.b' (ModuleNotFoundError: No module named 'a')\n",
      "python: Error while finding module specification for 'a.b' (ModuleNotFoundError: No module named 'a')",
    ],
    ['an error without a traceback', 'starting\nOSError: no disk\nbye\n', 'OSError: no disk\nbye'],
    [
      'what pip shows of a build',
      '  × failed\n  ╰─> [2 lines]\n      Traceback (most recent call last):\n        File "setup.py"\n      RuntimeError: broke\n',
      'RuntimeError: broke',
    ],
    ['repeated lines', 'RuntimeError: x\nRuntimeError: x\nend\n', 'RuntimeError: x\nend'],
    [
      'ranks in front',
      '[1,mpirank:0,algo-1]<stderr>:ValueError: a\n[1,mpirank:1,algo-1]<stderr>:ValueError: a\n',
      'ValueError: a',
    ],
  ])('%s', (_situation, output, expected) => {
    expect(errorMessage(output)).toBe(expected)
  })
})

describe('scriptFailure', () => {
  const command = '/usr/bin/python train.py --epochs 3'

  it("has the toolkit's form", () => {
    const output = raised('ValueError: boom\n')
    expect(scriptFailure({ exitCode: 1, output }, command)).toBe(
      'ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: boom"\nCommand "/usr/bin/python train.py --epochs 3"',
    )
  })

  it('is named after the TensorFlow error in the output', () => {
    const output = raised('tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM\n')
    const text = scriptFailure({ exitCode: 1, output }, command)
    expect(text.split('\n')[0]).toBe('ResourceExhaustedError:')
  })

  it('says what being killed most likely means', () => {
    const text = scriptFailure({ exitCode: 137, output: '' }, command)
    expect(text).toContain('\nExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\nCommand')
  })

  it.each([
    ['Python that finds no module', 1, '/usr/bin/python: No module named nothing'],
    ['a shell that may not run a file', 126, '/bin/sh: 1: ./run: Permission denied'],
    ['a shell that finds no program', 127, '/bin/sh: 1: ./run: not found'],
    ['a script with one line', 3, 'no luck today'],
    ['a program that aborts itself', 134, 'what(): std::bad_alloc'],
  ])('says what %s said last', (_case, exitCode, words) => {
    const output = `step 1\nprogress 10 %\r  ${words}\n\nsagebrush-agent: a note\n`
    expect(scriptFailure({ exitCode, output }, command)).toContain(`\nErrorMessage "${words}"\n`)
  })

  it.each([139, 137, 143])('says nothing for a program that was killed: %i', (exitCode) => {
    const text = scriptFailure({ exitCode, output: 'step 1\n' }, command)
    expect(text).toContain('\nErrorMessage ""\n')
  })

  it('says why it was killed, where that is known', () => {
    const text = scriptFailure({ exitCode: 1, output: '', failedFor: 'OutOfMemory: too much' }, command)
    expect(text).toContain('\nExtraInfo "OutOfMemory: too much"\nCommand')
  })
})
