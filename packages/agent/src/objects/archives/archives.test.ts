import { execFileSync } from 'node:child_process'
import {
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packDirectory } from './pack.ts'
import { ArchiveError, unpack } from './unpack.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-archives-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const limits = { bytes: 1 << 20, entries: 100 }
const inside = (...parts: string[]) => join(directory, ...parts)

interface Member {
  readonly path: string
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory' | 'FIFO' | 'CharacterDevice'
  readonly text?: string
  readonly linkpath?: string
  readonly mode?: number
}

/** An archive with headers as they are given, which no honest program writes. */
function tarOf(...members: Member[]): Buffer {
  const blocks = members.map(({ path, type = 'File', text = '', linkpath, mode = 0o644 }) => {
    const header = new Header({
      path,
      type,
      size: text.length,
      mode,
      mtime: new Date(0),
      ...(linkpath ? { linkpath } : {}),
    })
    const block = Buffer.alloc(512)
    header.encode(block)
    return Buffer.concat([block, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)])
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

async function unpackBytes(bytes: Uint8Array, more = limits): Promise<void> {
  await unpack(Readable.from([bytes]), inside('out'), more)
}

describe('unpack', () => {
  it('unpacks files, folders and links, and takes over no owner and no set-id bit', async () => {
    const archive = tarOf(
      { path: './train.py', text: 'print(1)', mode: 0o4755 },
      { path: 'lib/a.py', text: 'a', mode: 0 },
      { path: 'lib/b.py', type: 'SymbolicLink', linkpath: 'a.py' },
      { path: 'c.py', type: 'Link', linkpath: 'lib/a.py' },
    )
    await unpackBytes(gzipSync(archive))
    expect(readFileSync(inside('out', 'train.py'), 'utf8')).toBe('print(1)')
    expect(statSync(inside('out', 'train.py')).mode & 0o7777).toBe(0o755)
    expect(readFileSync(inside('out', 'lib', 'b.py'), 'utf8')).toBe('a')
    expect(readFileSync(inside('out', 'c.py'), 'utf8')).toBe('a')
    expect(statSync(inside('out', 'c.py')).uid).toBe(process.getuid?.())
  })

  it('unpacks what GNU tar packs, compressed or not', async () => {
    mkdirSync(inside('in', 'deep'), { recursive: true })
    writeFileSync(inside('in', 'deep', `${'long-'.repeat(40)}name`), 'x')
    for (const flags of ['-cf', '-czf']) {
      execFileSync('tar', [flags, inside('gnu.tar'), '-C', inside('in'), '.'])
      await unpack(createReadStream(inside('gnu.tar')), inside('out', flags), limits)
      expect(existsSync(inside('out', flags, 'deep', `${'long-'.repeat(40)}name`))).toBe(true)
    }
  })

  it.each<[string, Member[]]>([
    ['a path that climbs out', [{ path: '../evil', text: 'x' }]],
    ['an absolute path', [{ path: `/tmp/evil`, text: 'x' }]],
    ['a link out', [{ path: 'out', type: 'SymbolicLink', linkpath: '../..' }]],
    [
      'a file behind a link',
      [
        { path: 'l', type: 'SymbolicLink', linkpath: '.' },
        { path: 'l/x', text: 'x' },
      ],
    ],
    ['a pipe', [{ path: 'pipe', type: 'FIFO' }]],
    ['a device', [{ path: 'null', type: 'CharacterDevice' }]],
    ['a hard link to nothing', [{ path: 'a', type: 'Link', linkpath: 'missing' }]],
  ])('refuses %s', async (_situation, members) => {
    await expect(unpackBytes(gzipSync(tarOf({ path: 'ok', text: 'ok' }, ...members)))).rejects.toThrow(
      ArchiveError,
    )
    expect(existsSync(inside('evil'))).toBe(false)
  })

  it.each<[string, () => Uint8Array]>([
    ['nothing at all', () => Buffer.alloc(0)],
    ['no archive', () => Buffer.from('<html>404</html>')],
    ['a long text', () => Buffer.from('not a tar archive\n'.repeat(1000))],
    ['no archive, compressed', () => gzipSync(Buffer.from('hello'.repeat(500)))],
    [
      'a cut compressed archive',
      () => gzipSync(tarOf({ path: 'a', text: 'x'.repeat(5000) })).subarray(0, 40),
    ],
    ['a cut archive', () => tarOf({ path: 'a', text: 'x'.repeat(5000) }).subarray(0, 2000)],
    [
      'a damaged header',
      () => {
        const bytes = tarOf({ path: 'a', text: 'x' }, { path: 'b' })
        bytes.fill(7, 1100, 1200)
        return bytes
      },
    ],
    [
      'a damaged stream',
      () => {
        const bytes = gzipSync(tarOf({ path: 'a', text: 'x'.repeat(900) }))
        bytes.fill(255, 20, 40)
        return bytes
      },
    ],
  ])('says that an archive is broken: %s', async (_situation, bytes) => {
    await expect(unpackBytes(bytes())).rejects.toThrow(/^the archive is broken: ./)
  })

  it.each(['/', './', '.'])(
    'takes an entry for the folder itself, as the SageMaker SDK makes it: %j',
    async (path) => {
      const archive = tarOf({ path, type: 'Directory', mode: 0o755 }, { path: 'a', text: 'x' })
      await unpack(Readable.from([archive]), inside('out'), limits)
      expect(readFileSync(inside('out', 'a'), 'utf8')).toBe('x')
    },
  )

  it('refuses more bytes than allowed, before they are on disk', async () => {
    const archive = gzipSync(tarOf({ path: 'zeros', text: '0'.repeat(3 << 20) }))
    await expect(unpackBytes(archive)).rejects.toThrow('the archive holds more than 1048576 bytes')
    expect(existsSync(inside('out', 'zeros'))).toBe(false)
  })

  it('refuses more entries than allowed', async () => {
    const members = Array.from({ length: 101 }, (_, index) => ({ path: `f${index}` }))
    await expect(unpackBytes(tarOf(...members))).rejects.toThrow('the archive holds more than 100 entries')
  })

  it('passes on an error of the source as it is', async () => {
    const broken = Readable.from(
      (async function* () {
        yield gzipSync(tarOf({ path: 'a', text: 'x' })).subarray(0, 30)
        throw new RangeError('connection lost')
      })(),
    )
    await expect(unpack(broken, inside('out'), limits)).rejects.toThrow(RangeError)
  })
})

describe('packDirectory', () => {
  const pack = async (note: (path: string) => void = () => {}) => {
    const packed = await packDirectory(inside('in'), note)
    return packed === undefined ? undefined : buffer(packed)
  }

  it.each<[string, () => void]>([
    ['a folder that is not there', () => {}],
    ['an empty folder', () => mkdirSync(inside('in'))],
    ['folders within folders', () => mkdirSync(inside('in', 'a', 'b'), { recursive: true })],
  ])('makes nothing of %s', async (_situation, make) => {
    make()
    expect(await pack()).toBeUndefined()
  })

  it('packs the contents so that GNU tar and unpack read them back', async () => {
    mkdirSync(inside('in', '1', 'variables'), { recursive: true })
    mkdirSync(inside('in', 'empty'))
    writeFileSync(inside('in', '1', 'saved_model.pb'), 'graph')
    writeFileSync(inside('in', '1', 'variables', 'data'), Buffer.alloc(300_000, 7))
    writeFileSync(inside('in', '@odd name'), 'odd')
    symlinkSync('1', inside('in', 'latest'))
    const bytes = (await pack()) ?? Buffer.alloc(0)
    writeFileSync(inside('packed.tar.gz'), bytes)
    const listed = execFileSync('tar', ['-tzf', inside('packed.tar.gz')], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(listed).toContain('1/saved_model.pb')
    await unpackBytes(bytes)
    expect(readFileSync(inside('out', '1', 'variables', 'data'))).toEqual(Buffer.alloc(300_000, 7))
    expect(readFileSync(inside('out', '@odd name'), 'utf8')).toBe('odd')
    expect(readlinkSync(inside('out', 'latest'))).toBe('1')
    expect(lstatSync(inside('out', 'empty')).isDirectory()).toBe(true)
  })

  it('leaves out pipes and links that lead out, and says so', async () => {
    mkdirSync(inside('in'))
    writeFileSync(inside('in', 'kept'), 'x')
    linkSync(inside('in', 'kept'), inside('in', 'again'))
    symlinkSync('/etc/hostname', inside('in', 'absolute'))
    symlinkSync('../secret', inside('in', 'up'))
    execFileSync('mkfifo', [inside('in', 'pipe')])
    const leftOut: string[] = []
    await unpackBytes((await pack((path) => leftOut.push(path))) ?? Buffer.alloc(0))
    expect(leftOut.sort()).toEqual(['absolute', 'pipe', 'up'])
    expect(readFileSync(inside('out', 'again'), 'utf8')).toBe('x')
  })
})
