import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shellQuote, toArguments } from './arguments.ts'
import { readHyperParameters } from './hyper-parameters.ts'

const argumentsOf = (texts: Record<string, string>): string[] =>
  toArguments(readHyperParameters(texts, 'job').user)

describe('toArguments', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['nothing', {}, []],
    [
      'what the SDK sends, sorted, without its own parameters',
      {
        lr: '0.1',
        flag: 'true',
        epochs: '3',
        lst: '[1, 2]',
        name: '"a b"',
        model_dir: '"s3://b/job/model"',
        sagemaker_program: '"train.py"',
        sagemaker_parameter_server_enabled: 'false',
      },
      [
        ...['--epochs', '3', '--flag', 'True', '--lr', '0.1', '--lst', '[1, 2]'],
        ...['--model_dir', 's3://b/job/model', '--name', 'a b'],
      ],
    ],
    ['a key of one letter gets one dash', { e: '5', f: 'x' }, ['-e', '5', '-f', 'x']],
    ['null is an empty argument', { e: 'null', long: 'null' }, ['-e', '', '--long', '']],
    ['an empty string stays an argument', { e: '""', raw: '' }, ['-e', '', '--raw', '']],
    [
      'a raw string that is no JSON',
      { name: 'plain text', path: "it's" },
      ['--name', 'plain text', '--path', "it's"],
    ],
    ['an object', { o: '{"b": 1, "a": null, "c": [true]}' }, ['-o', 'a=None,b=1,c=[True]']],
    [
      'floats keep their point',
      { a: '1.0', b: '1e-05', c: '1e3' },
      ['-a', '1.0', '-b', '1e-05', '-c', '1000.0'],
    ],
    ['dashes and capitals in keys', { 'learning-rate': '1', B: '2' }, ['-B', '2', '--learning-rate', '1']],
    ['keys sort by code point', { '\uffff': '1', '\u{1f600}': '2' }, ['-\uffff', '1', '-\u{1f600}', '2']],
    [
      'a tuning job appends its name to an S3 model_dir',
      { _tuning_objective_metric: '"acc"', model_dir: '"s3://b/p"' },
      ['--model_dir', 's3://b/p/job/model'],
    ],
    [
      'a tuning job leaves a local model_dir alone',
      { _tuning_objective_metric: 'acc', model_dir: '"/opt/ml/model"' },
      ['--model_dir', '/opt/ml/model'],
    ],
  ])('%s', (_situation, texts, expected) => {
    expect(argumentsOf(texts)).toEqual(expected)
  })
})

describe('shellQuote', () => {
  it.each([
    'plain',
    'a b',
    '',
    "it's",
    '$HOME',
    '`x`',
    'a;b',
    '[1, 2]',
    '"',
    '\\',
    'new\nline',
    'é',
    '-',
    '*',
    '~',
  ])('a shell reads %j back', (argument) => {
    const printed = execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(argument)}`], { encoding: 'utf8' })
    expect(printed).toBe(argument)
  })
})
