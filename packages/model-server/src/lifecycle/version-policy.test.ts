import { describe, expect, test } from 'vitest'
import { freeMemoryFirst, keepOneAvailable, type VersionPolicy, type VersionState } from './version-policy.ts'

type Row = readonly [situation: string, versions: readonly string[], action: ReturnType<VersionPolicy>]

/** `2 START` is wanted, `-1 AVAILABLE` is no longer. */
const recordOf = (text: string) => {
  const [number = '', state] = text.split(' ')
  return {
    version: Math.abs(Number(number)),
    state: state as VersionState,
    isAspired: !number.startsWith('-'),
  }
}

const both: readonly Row[] = [
  ['nothing known', [], undefined],
  ['a first version', ['1 START'], { load: 1 }],
  ['several new ones', ['1 START', '3 START', '2 START'], { load: 3 }],
  ['all there', ['1 AVAILABLE', '2 AVAILABLE'], undefined],
  ['one failed, one new', ['2 END', '1 START'], { load: 1 }],
  ['no longer wanted', ['-1 AVAILABLE'], { unload: 1 }],
  ['several no longer wanted', ['-2 AVAILABLE', '-1 AVAILABLE'], { unload: 1 }],
  ['replaced', ['-1 AVAILABLE', '2 AVAILABLE'], { unload: 1 }],
  ['still loading', ['2 LOADING'], undefined],
]

const own: readonly (readonly [VersionPolicy, readonly Row[]])[] = [
  [
    keepOneAvailable,
    [
      ['a replacement to come', ['-1 AVAILABLE', '2 START'], { load: 2 }],
      ['a replacement on its way', ['-1 AVAILABLE', '2 LOADING'], undefined],
      ['a replacement that failed', ['-1 AVAILABLE', '2 END'], undefined],
      ['more old ones than needed', ['-1 AVAILABLE', '-2 AVAILABLE', '3 START'], { unload: 1 }],
      ['an old one leaving', ['-1 UNLOADING', '2 START'], { load: 2 }],
    ],
  ],
  [
    freeMemoryFirst,
    [
      ['a replacement to come', ['-1 AVAILABLE', '2 START'], { unload: 1 }],
      ['an old one leaving', ['-1 UNLOADING', '2 START'], undefined],
      ['an old one loading still', ['-1 LOADING', '2 START'], undefined],
      ['the old one gone', ['-1 END', '2 START'], { load: 2 }],
    ],
  ],
]

describe.each(own)('%o', (policy, rows) => {
  test.each([...both, ...rows])('%s: %j', (_situation, versions, action) => {
    expect(policy(versions.map(recordOf))).toEqual(action)
  })
})
