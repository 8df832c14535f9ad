import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('../bin/sagebrush-model-server.js', import.meta.url))

async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise((resolve) => child.once('close', resolve))
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, output, errors }
}

describe('the command', () => {
  test.each([
    ['--version', /^sagebrush-model-server \d+\.\d+\.\d+\n$/],
    ['--help', /^usage: sagebrush-model-server --model_base_path=[\s\S]*curl -d [\s\S]*--rest_api_port /],
    ['help', /^usage: sagebrush-model-server --model_base_path=/],
    ['serve --help', /^usage: sagebrush-model-server serve /],
  ])('%s is answered', async (args, output) => {
    expect(await run(...args.split(' '))).toEqual({
      ...{ code: 0, errors: '', output: expect.stringMatching(output) },
    })
  })

  test.each([
    ['nothing', [], /^sagebrush-model-server: error: unknown command \(none\)\nusage: /],
    ['an unknown command', ['server'], /^sagebrush-model-server: error: unknown command server\nusage: /],
    ['an unknown flag', ['--prot=1'], /^sagebrush-model-server: error: unknown flag --prot=1\n$/],
    [
      'a file that is not there',
      ['--model_config_file=/none'],
      /^sagebrush-model-server: error: --model_config_file cannot be read: ENOENT.*\n$/,
    ],
  ])('%s is refused in words', async (_situation, args, errors) => {
    const ended = await run(...args)
    expect(ended).toEqual({ code: 1, output: '', errors: expect.stringMatching(errors) })
    expect(ended.errors).not.toMatch(/^\s+at /m)
  })
})
