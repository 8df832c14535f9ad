import { describe, expect, it } from 'vitest'
import type { EnvironmentRequest } from '../environment.ts'
import { askPrepared } from './available.ts'
import { choose, type Interpreter } from './choose.ts'

const python = (version: string): Interpreter => ({ executable: `/usr/bin/python${version}`, version })
/** As on a machine whose own Python is 3.11. */
const machine = ['3.11.7', '3.13.0', '3.12.1', '3.10.13', '3.9.18', '3.8.18'].map(python)

/** What a package index has: TensorFlow version → the minor versions of Python that it has wheels for. */
const index: Readonly<Record<string, readonly number[]>> = {
  '2.2.3': [8],
  '2.11.1': [8, 9, 10],
  '2.12.0': [8, 9, 10, 11],
  '2.13.0': [8, 9, 10, 11],
  '2.13.1': [8, 9, 10, 11],
  '2.19.0': [9, 10, 11, 12],
  '2.19.1': [9, 10, 11, 12],
  '2.21.0': [10, 11, 12, 13],
}
const wheels = Object.entries(index).flatMap(([tensorflow, minors]) =>
  minors.map((minor) => ({ tensorflow, python: `3.${minor}` })),
)
const chosen = async (request: EnvironmentRequest, interpreters = machine) => {
  const { tensorflow, interpreter, notes } = await choose(request, interpreters, askPrepared(wheels))
  return { tensorflow, python: interpreter.version, notes }
}

describe('choose', () => {
  it.each([
    ['the very pair', { tensorflow: '2.19.0', python: 'py312' }, '2.19.0', '3.12.1'],
    ['the last patch of a version without one', { tensorflow: '2.13', python: 'py310' }, '2.13.1', '3.10.13'],
    ['the newest without a version', {}, '2.21.0', '3.11.7'],
    ["the machine's own Python for py3", { tensorflow: '2.12.0', python: 'py3' }, '2.12.0', '3.11.7'],
  ])('takes %s and has nothing to say', async (_, request, tensorflow, version) => {
    expect(await chosen(request)).toEqual({ tensorflow, python: version, notes: [] })
  })

  it('lets the nearest newer version of the same major stand in', async () => {
    expect(await chosen({ tensorflow: '2.1.0', python: 'py3' })).toEqual({
      tensorflow: '2.12.0',
      python: '3.11.7',
      notes: [
        'TensorFlow 2.1.0 cannot be had for Python 3.11; 2.12.0 stands in (nearest newer version of the same major).',
      ],
    })
  })

  it.each(['2.2', '2.11', '2.11.1', '2.9.2'])(
    'lets 2.12 stand in for %s, though the index may have it: no program would find its pipes',
    async (tensorflow) => {
      const { tensorflow: got, python: version, notes } = await chosen({ tensorflow, python: 'py38' })
      expect([got, version]).toEqual(['2.12.0', '3.8.18'])
      expect(notes).toEqual([expect.stringContaining('2.12.0 stands in (nearest newer version')])
    },
  )

  it('keeps the TensorFlow version rather than the Python version', async () => {
    expect(await chosen({ tensorflow: '2.12.0', python: 'py312' })).toEqual({
      tensorflow: '2.12.0',
      python: '3.11.7',
      notes: ['Python 3.12 has no such TensorFlow; Python 3.11 stands in (nearest version).'],
    })
  })

  it('takes the nearest Python when the asked one is not there', async () => {
    const { python: version, notes } = await chosen({ tensorflow: '2.19.0', python: 'py37' })
    expect(version).toBe('3.9.18')
    expect(notes).toEqual(['Python 3.7 is not on this machine; Python 3.9 stands in (nearest version).'])
  })

  it('takes the newer of two Pythons as near', async () => {
    const { python: version } = await chosen({ tensorflow: '2.19.0', python: 'py311' }, [
      python('3.10.1'),
      python('3.12.1'),
    ])
    expect(version).toBe('3.12.1')
  })

  it('serves models of versions that have no C library with the first that has one', async () => {
    expect(await chosen({ tensorflow: '1.15.2', purpose: 'inference' })).toEqual({
      tensorflow: '2.12.0',
      python: '3.11.7',
      notes: ['TensorFlow 2.12.0 serves in place of 1.15.2 (nearest version whose C library can be loaded).'],
    })
  })

  it.each([
    [
      { tensorflow: '1.15.2', python: 'py3' },
      /^TensorFlow 1\.15\.2 cannot be had for Python 3\.8, .*, and no newer 1\.x version can stand in\. TensorFlow 2 runs many such programs by tf\.compat\.v1\.$/,
    ],
    [
      { tensorflow: '2.22.0' },
      /^TensorFlow 2\.22\.0 cannot be had .*, and no newer 2\.x version can stand in\. TensorFlow 2\.21\.0 can be had\.$/,
    ],
    [{ tensorflow: '2.0.0', python: 'py2' }, /^Python 2 cannot be had/],
    [{ tensorflow: 'latest' }, /^"latest" is no TensorFlow version/],
    [{ python: 'pypy' }, /^"pypy" names no Python version/],
  ])('says of %j why nothing can stand in', async (request, reason) => {
    await expect(chosen(request)).rejects.toThrow(reason)
  })

  it('says when there is no Python at all', async () => {
    await expect(chosen({}, [])).rejects.toThrow('There is no Python')
  })
})
