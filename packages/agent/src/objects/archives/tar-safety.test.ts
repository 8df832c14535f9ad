import { describe, expect, it } from 'vitest'
import { refusal, type TarEntry } from './tar-safety.ts'

const entry = (path: string, more: Partial<TarEntry> = {}): TarEntry => ({
  path,
  type: 'File',
  size: 1,
  ...more,
})
const link = (path: string, linkPath: string) => entry(path, { type: 'SymbolicLink', linkPath })
const hardLink = (path: string, linkPath: string) => entry(path, { type: 'Link', linkPath })

describe('refusal', () => {
  it.each([
    ['a file', entry('train.py')],
    ['a file behind ./', entry('./a/b.py')],
    ['a folder', entry('a/b/', { type: 'Directory' })],
    ['a name with dots', entry('a/..b/...')],
    ['a link to a neighbour', link('a/b', 'c')],
    ['a link up and down, within the archive', link('a/b/c', '../../d/e')],
    ['a link to the root of the archive', link('a/b', '..')],
    ['a hard link within the archive', hardLink('b', 'a/x')],
  ])('takes %s', (_situation, tarEntry) => {
    expect(refusal(tarEntry)).toBeUndefined()
  })

  it.each([
    ['a path that climbs', entry('../x')],
    ['a path that climbs in the middle', entry('a/../../x')],
    ['a path that climbs at its end', entry('a/..')],
    ['an absolute path', entry('/etc/passwd')],
    ['a name with a zero byte', entry('a\0b')],
    ['a link that climbs too far', link('a/b', '../../x')],
    ['a link at the top that climbs', link('b', '..')],
    ['an absolute link', link('b', '/etc/passwd')],
    // `s` may be a link itself: from where it leads, `..` is another place.
    ['a link that climbs behind a name', link('t', 'deep/er/s/..')],
    ['a hard link that climbs', hardLink('b', '../x')],
    ['an absolute hard link', hardLink('b', '/etc/passwd')],
    ['a device', entry('null', { type: 'CharacterDevice' })],
    ['a pipe', entry('fifo', { type: 'FIFO' })],
  ])('refuses %s', (_situation, tarEntry) => {
    expect(refusal(tarEntry)).toMatch(/leads out of the archive|neither file, folder nor link/)
  })
})
