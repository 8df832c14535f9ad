import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getgid, getuid, platform } from 'node:process'
import { runTool } from '../installing/run-tool.ts'
import { privateRootScript } from './private-root-script.ts'

export interface Bind {
  /** Absolute path of a folder or file. */
  readonly source: string
  /** Absolute path as the program sees it; made when missing. */
  readonly target: string
}

export interface PrivateRootOptions {
  /** The folder that the program sees as /opt/ml. */
  readonly mlDirectory: string
  /** Applied after /opt/ml, and before those that are read-only. */
  readonly binds?: readonly Bind[]
  /** The program cannot write below the targets, not even as root. */
  readonly readOnlyBinds?: readonly Bind[]
  readonly hostname?: string
  /** Names that resolve in the program, before those of the machine. */
  readonly hosts?: Readonly<Record<string, string>>
  /** As the program sees it; the caller's own without it. */
  readonly workingDirectory?: string
  /** No network but a loopback interface of its own. Only where `isolates()`. */
  readonly isIsolated?: boolean
}

export interface PrivateRoot {
  /**
   * The command that runs `command` in a root of its own. No process stays between: signals, exit code, standard
   * streams and the process id are the program's own. It ends with 125, after a line on stderr, when the root cannot be made.
   */
  wrap(command: readonly string[], options: PrivateRootOptions): string[]
  /** Whether programs can be kept from the network, found out by trying once. */
  isolates(): Promise<boolean>
}

let probed: Promise<PrivateRoot | undefined> | undefined

/**
 * The way to give programs an /opt/ml of their own, found out by trying once in a process; undefined where the kernel
 * or the machine forbids it (not Linux, no user namespaces, no util-linux).
 */
export function privateRoot(): Promise<PrivateRoot | undefined> {
  probed ??= probe()
  return probed
}

/** How the program is kept from changing its mounts again. */
interface Way {
  readonly enter: readonly string[]
  readonly confine: readonly string[]
}

async function probe(): Promise<PrivateRoot | undefined> {
  if (platform !== 'linux') return undefined
  const [unshare, mount, umount, setpriv] = await Promise.all(
    ['unshare', 'mount', 'umount', 'setpriv'].map(findTool),
  )
  if (unshare === undefined || mount === undefined || umount === undefined) return undefined
  const hostname = (await findTool('hostname')) ?? ''
  const tools = { mount, umount, hostname, loopback: await loopbackCommand() }
  for (const way of waysFor({ unshare, setpriv })) {
    const root = rootBy(way, tools)
    if (await works(root)) return root
  }
  return undefined
}

/** A line of shell that brings `lo` up; empty where no program can. Source: SIOCSIFFLAGS in netdevice(7). */
async function loopbackCommand(): Promise<string> {
  const [ip, ifconfig, python] = await Promise.all(['ip', 'ifconfig', 'python3'].map(findTool))
  if (ip !== undefined) return `${ip} link set lo up`
  if (ifconfig !== undefined) return `${ifconfig} lo up`
  if (python === undefined) return ''
  const setFlags = 'fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x41))'
  return `${python} -c 'import fcntl, socket, struct; ${setFlags}'`
}

/**
 * Root needs no user namespace; another user becomes root of one for as long as it takes, and is itself again in the
 * program. Either way the program loses the right to mount: by a capability that is dropped, or by a second user
 * namespace, in which the mounts of the first are fixed.
 */
function waysFor({ unshare, setpriv }: { unshare: string; setpriv: string | undefined }): Way[] {
  const enter = [unshare, '--mount', '--uts']
  const enterAsUser = [...enter, '--user', '--map-root-user']
  const drop = setpriv === undefined ? [] : [[setpriv, '--bounding-set=-sys_admin', '--inh-caps=-sys_admin']]
  const nest = [unshare, '--user', '--map-root-user']
  if (getuid?.() === 0) return [...drop, nest].map((confine) => ({ enter, confine }))
  const same = [unshare, '--user', `--map-user=${getuid?.()}`, `--map-group=${getgid?.()}`]
  return [same, ...drop, nest].map((confine) => ({ enter: enterAsUser, confine }))
}

function rootBy(
  { enter, confine }: Way,
  tools: Record<'mount' | 'umount' | 'hostname' | 'loopback', string>,
): PrivateRoot {
  let isolation: Promise<boolean> | undefined
  const root: PrivateRoot = {
    wrap(command, { mlDirectory, hostname = '', hosts = {}, ...options }) {
      const { binds = [], readOnlyBinds = [], workingDirectory = '', isIsolated = false } = options
      const modes = { rw: binds, ro: readOnlyBinds }
      const names = Object.entries(hosts).map(([name, address]) => `${address}\t${name}\n`)
      return [
        ...[...enter, ...(isIsolated ? ['--net'] : []), '/bin/sh', '-c', privateRootScript, 'sagebrush'],
        ...[tools.mount, tools.umount, tools.hostname, isIsolated ? tools.loopback : ''],
        ...[mlDirectory, hostname, names.join(''), workingDirectory],
        String(binds.length + readOnlyBinds.length),
        ...Object.entries(modes).flatMap(([mode, list]) =>
          list.flatMap(({ source, target }) => [mode, source, target]),
        ),
        ...[...confine, ...command],
      ]
    },
    isolates() {
      isolation ??= tools.loopback === '' ? Promise.resolve(false) : keepsFromNetwork(root)
      return isolation
    },
  }
  return root
}

/** `lo` alone is there, and up. */
const isolationScript =
  'test "$(grep -c : /proc/net/dev)" = 1 && grep -q "lo:" /proc/net/dev && grep -q 127.0.0.1 /proc/net/fib_trie'

async function keepsFromNetwork(root: PrivateRoot): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-root-'))
  try {
    const command = ['/bin/sh', '-c', isolationScript]
    const [program = '', ...args] = root.wrap(command, { mlDirectory: directory, isIsolated: true })
    const variables = { PATH: toolDirectories.join(':') }
    return (await runTool(program, args, { variables, timeoutSeconds: 10 })).exitCode === 0
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Tries all of it, with a write below a read-only bind that must fail, also after an attempt to make it writable. */
async function works(root: PrivateRoot): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-root-'))
  try {
    await writeFile(join(directory, 'probe'), 'probe')
    const bind = { source: join(directory, 'probe'), target: '/opt/ml/read-only' }
    const [program = '', ...args] = root.wrap(['/bin/sh', '-c', probeScript], {
      mlDirectory: directory,
      readOnlyBinds: [bind],
      hostname: 'algo-1',
      hosts: { 'algo-1': '127.0.1.1' },
    })
    const { exitCode } = await runTool(program, args, {
      variables: { PATH: toolDirectories.join(':') },
      timeoutSeconds: 10,
    })
    const kept = await readFile(join(directory, 'probe'), 'utf8')
    return exitCode === 0 && kept === 'probe'
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const probeScript = `
test "$(cat /opt/ml/probe)" = probe && test "$(cat /proc/sys/kernel/hostname)" = algo-1 || exit 1
grep -q algo-1 /etc/hosts || exit 1
mount -o remount,bind,rw /opt/ml/read-only 2>/dev/null
umount /opt/ml/read-only 2>/dev/null
! (echo changed > /opt/ml/read-only) 2>/dev/null
`

const toolDirectories = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

async function findTool(name: string): Promise<string | undefined> {
  for (const directory of toolDirectories) {
    const path = join(directory, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
