import { expect, test } from 'vitest'
import { placesFor } from './filesystem-places.ts'

test.each(['a', 'train/data.csv', '.hidden', 'a b/ü😀', 'a%2Fb', '...', '~', 'x'.repeat(255)])(
  'the key %j is its own path',
  (key) => {
    expect(placesFor('b', key, 'id')[0]).toBe(`b/${key}`)
    expect(placesFor('b', key, 'id')[1]).toBe(`b/${key}~id`)
  },
)

test.each([
  ['../../etc/passwd', 'b/.sagebrush/id-..%2F..%2Fetc%2Fpasswd'],
  ['a/../b', 'b/.sagebrush/id-a%2F..%2Fb'],
  ['./a', 'b/.sagebrush/id-.%2Fa'],
  ['/a', 'b/.sagebrush/id-%2Fa'],
  ['a//b', 'b/.sagebrush/id-a%2F%2Fb'],
  ['folder/', 'b/.sagebrush/id-folder%2F'],
  ['line\nbreak', 'b/.sagebrush/id-line%0Abreak'],
  ['nul\0', 'b/.sagebrush/id-nul%00'],
  ['.sagebrush/x', 'b/.sagebrush/id-.sagebrush%2Fx'],
  ['ü\n', 'b/.sagebrush/id-%C3%BC%0A'],
  [`${'y'.repeat(256)}`, `b/.sagebrush/id-${'y'.repeat(100)}`],
])('the key %j cannot be a path and lies apart', (key, place) => {
  expect(placesFor('b', key, 'id')).toEqual([place])
})

test('an object whose place is taken may always lie apart', () => {
  expect(placesFor('b', 'a/b', 'id')[2]).toBe('b/.sagebrush/id-a%2Fb')
})
