import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type PrivateRoot, type PrivateRootOptions, privateRoot } from './private-root.ts'

let directory: string
let root: PrivateRoot

beforeEach(async () => {
  const found = await privateRoot()
  if (found === undefined) throw new Error('this machine gives no private root')
  root = found
  directory = await mkdtemp(join(tmpdir(), 'private-root-'))
  await mkdir(join(directory, 'ml', 'code'), { recursive: true })
})
afterEach(() => rm(directory, { recursive: true }))

function start(command: readonly string[], options: Partial<PrivateRootOptions> = {}): ChildProcess {
  const [program = '', ...args] = root.wrap(command, { mlDirectory: join(directory, 'ml'), ...options })
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

async function run(script: string, options?: Partial<PrivateRootOptions>) {
  const child = start(['/bin/sh', '-c', script], options)
  const [output, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    once(child, 'exit'),
  ])
  return { output: output.trim(), code }
}

it('gives each program an /opt/ml of its own', async () => {
  await run('echo one > /opt/ml/code/file')
  expect(await readFile(join(directory, 'ml', 'code', 'file'), 'utf8')).toBe('one\n')
  const other = await run('cat /opt/ml/code/file', { mlDirectory: join(directory) })
  expect(other.code).not.toBe(0)
})

it('keeps what else is in /opt', async () => {
  const listing = (await run('ls -A /opt')).output.split('\n')
  const outside = await text(spawn('ls', ['-A', '/opt']).stdout)
  expect(listing.sort()).toEqual([...new Set([...outside.trim().split('\n').filter(Boolean), 'ml'])].sort())
})

it('starts in the working directory, under the host name, with the names of the hosts', async () => {
  const { output } = await run(
    'pwd; cat /proc/sys/kernel/hostname; grep algo-2 /etc/hosts; grep -c localhost /etc/hosts',
    {
      workingDirectory: '/opt/ml/code',
      hostname: 'algo-1',
      hosts: { 'algo-1': '127.0.1.1', 'algo-2': '127.0.1.2' },
    },
  )
  expect(output.split('\n').slice(0, 3)).toEqual(['/opt/ml/code', 'algo-1', '127.0.1.2\talgo-2'])
  expect(await readFile('/etc/hosts', 'utf8')).not.toContain('algo-2')
})

it('has other folders where the program wants them, made when missing', async () => {
  const source = join(directory, 'checkpoints')
  await mkdir(source)
  const target = join(directory, 'new', 'place')
  await run(`echo kept > ${target}/step`, { binds: [{ source, target }] })
  expect(await readFile(join(source, 'step'), 'utf8')).toBe('kept\n')
})

it('lets nobody write below a read-only bind, whatever they try', async () => {
  const source = join(directory, 'objects')
  await mkdir(source)
  await writeFile(join(source, 'object'), 'bytes')
  const target = '/opt/ml/input/data/train'
  const script = `
    cat ${target}/object
    exec 2>/dev/null
    chmod 777 ${target}/object
    mount -o remount,bind,rw ${target}
    umount ${target}
    unshare -Urm mount -o remount,bind,rw ${target}
    (echo changed > ${target}/object) || rm -f ${target}/object || touch ${target}/new || echo ' kept'`
  const { output } = await run(script, { readOnlyBinds: [{ source, target }] })
  expect(output).toBe('bytes kept')
  expect(await readFile(join(source, 'object'), 'utf8')).toBe('bytes')
})

it('keeps a program from every network but a loopback interface of its own', async () => {
  expect(await root.isolates()).toBe(true)
  const outside = createServer().listen(0, '127.0.0.1')
  await once(outside, 'listening')
  const { port } = outside.address() as AddressInfo
  const script = `
import socket
own = socket.create_server(("127.0.0.1", 0))
socket.create_connection(own.getsockname(), 5)
print("own")
for address in [("127.0.0.1", ${port}), ("192.0.2.1", 80)]:
    try:
        socket.create_connection(address, 5)
    except OSError as error:
        print(error.errno)`
  const program = `python3 -c '${script}'; nsenter --net=/proc/1/ns/net true 2>/dev/null || echo kept`
  const { output } = await run(program, { isIsolated: true })
  outside.close()
  expect(output.split('\n')).toEqual(['own', '111', '101', 'kept'])
})

it('hands arguments on as they are, and the exit code back', async () => {
  const child = start(['/bin/sh', '-c', 'printf "%s|" "$@"; exit 7', 'x', 'a b', '$HOME', '"', ''])
  const [output, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    once(child, 'exit'),
  ])
  expect([output, code]).toEqual(['a b|$HOME|"||', 7])
})

it('is made whatever PATH the program has, which the program sees as it is', async () => {
  const [program = '', ...args] = root.wrap(['/bin/sh', '-c', 'echo "$PATH"'], {
    mlDirectory: join(directory, 'ml'),
    hostname: 'algo-1',
    hosts: { 'algo-1': '127.0.1.1' },
    readOnlyBinds: [{ source: directory, target: '/opt/ml/input/data' }],
  })
  const child = spawn(program, args, { env: { PATH: '/nowhere' }, stdio: ['ignore', 'pipe', 'ignore'] })
  expect(await text(child.stdout)).toBe('/nowhere\n')
})

it('leaves no process between: a signal reaches the program itself', async () => {
  const child = start(['/bin/sh', '-c', 'trap "exit 42" TERM; echo $$; while :; do sleep 0.01; done'])
  const [bytes] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  expect(Number(String(bytes))).toBe(child.pid)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([42, null])
})

it('says what is wrong when the folder is not there', async () => {
  const child = start(['true'], { mlDirectory: join(directory, 'nothing') })
  expect(await once(child, 'exit')).toEqual([125, null])
})
