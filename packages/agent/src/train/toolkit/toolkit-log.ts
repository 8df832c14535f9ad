import type { ProgramCall } from '../../process/shell-variables.ts'
import { printedCommand } from './code/entry-point.ts'
import { pythonJson } from './hyper-parameters/python-text.ts'
import type { PythonValue } from './hyper-parameters/python-value.ts'

export type Level = 'INFO' | 'WARNING' | 'ERROR'

/**
 * `2026-11-20 11:54:30,819 sagemaker-training-toolkit INFO     text`, in UTC. Source: training toolkit's
 * format.
 */
export function toolkitLine(level: Level, text: string, at: Date): string {
  const [day, time = ''] = at.toISOString().split('T')
  return `${day} ${time.replace('.', ',').replace('Z', '')} sagemaker-training-toolkit ${level.padEnd(8)} ${text}`
}

/** What the toolkit prints before it starts the script: facts, variables, command. */
export function invocationText(invocation: {
  readonly trainingEnvironment: PythonValue
  readonly variables: Readonly<Record<string, string>>
  readonly command: ProgramCall
}): string {
  const variables = Object.entries(invocation.variables).map(([name, value]) => `${name}=${value}`)
  return [
    'Invoking user script',
    '',
    'Training Env:',
    '',
    pythonJson(invocation.trainingEnvironment, 4),
    '',
    'Environment variables:',
    '',
    ...variables,
    '',
    'Invoking script with the following command:',
    '',
    printedCommand(invocation.command),
    '',
  ].join('\n')
}
