import { existsSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { archiveOf, plainMachine, poll, servePlan, TestHost } from '../../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

/** Answers /ping, and tells its environment to whoever asks; ends when it is told to. */
const server = `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/end') process.exit(3)
  response.end(request.url === '/ping' ? '' : process.env.MOOD)
})
server.listen(0, '127.0.0.1', () => require('node:fs').writeFileSync(process.argv[1], String(server.address().port)))
process.on('SIGTERM', () => process.exit(0))`

/** Stands in for an engine: its one container is a process that listens on a port of its own. */
function useEngine(): void {
  const [path, program] = [host.path('engine'), host.path('server.cjs')]
  writeFileSync(program, server.replaceAll('process.argv[1]', 'process.argv[2]'))
  const script = `#!/bin/sh
port=${host.path('port')}
case $1 in
  --version) echo Docker version 1 ;;
  create) case "$*" in *missing*) echo 'Error: no such image' >&2; exit 125 ;; esac ;;
  start) exec ${process.execPath} ${program} $port ;;
  port) [ -s $port ] && echo "127.0.0.1:$(cat $port)" ;;
  rm) rm -f $port; : > ${host.path('removed')} ;;
esac
`
  writeFileSync(path, script, { mode: 0o755 })
  host.containers = { engine: [path], options: [] }
}

const machine = plainMachine({ hasEnvironment: async () => false })
const plan = (more = {}) => {
  host.put('model.tar.gz', archiveOf({ weights: 'w' }))
  const environment = { MOOD: 'good' }
  return servePlan(host, { image: 'mine:1', modelUri: 's3://bucket/model.tar.gz', environment, ...more })
}
const address = async (before?: string) => {
  const report = await host.until('an address', (seen) => 'address' in seen && seen.address !== before)
  return 'address' in report ? report.address : undefined
}

it("serves the model in a container of the user's own until it is asked to stop", async () => {
  useEngine()
  host.start(plan(), machine)
  const answer = await fetch(`http://${await address()}/invocations`)
  expect(await answer.text()).toBe('good')
  expect(existsSync(host.path('ml/model/weights'))).toBe(true)
  host.stop()
  expect(await host.ended()).toMatchObject({ exitCode: 0 })
  expect(existsSync(host.path('removed'))).toBe(true)
})

it('starts a container again that has ended', async () => {
  useEngine()
  host.start(plan(), machine)
  const first = await address()
  await fetch(`http://${first}/end`).catch(() => undefined)
  await poll(
    'the news',
    () => host.output().match(/ended with exit code 3; it is started again/) ?? undefined,
  )
  expect(await (await fetch(`http://${await address(first)}/invocations`)).text()).toBe('good')
})

it.each([
  ['an image that is nowhere', { image: 'missing' }, 'ping health check: Error: no such image'],
  ['isolation', { isIsolated: true }, 'ClientError: mine:1 cannot be served with EnableNetworkIsolation'],
  [
    'many models',
    { multiModel: { prefix: 's3://bucket/', isCaching: true } },
    'cannot be served in Mode MultiModel',
  ],
])('says why %s cannot be served', async (_situation, more, words) => {
  useEngine()
  expect(await host.run(plan(more), machine)).toMatchObject({ reason: expect.stringContaining(words) })
})
