import { expect, it } from 'vitest'
import { readRequirements } from './requirements-file.ts'

it.each([
  ['numpy==1.26.4\npandas==2.2.0 ; python_version > "3.8"  # why', true, true],
  ['numpy', true, false],
  ['numpy==1.*', true, false],
  ['numpy>=1.0', true, false],
  ['pkg @ https://example.com/pkg-1.0-py3-none-any.whl', true, true],
  ['--extra-index-url https://example.com/simple\nnumpy==1.26.4', true, true],
  ['-r other.txt', false, true],
  ['-e .', false, true],
  ['./wheels/x-1.0-py3-none-any.whl', false, false],
  ['wheels/x-1.0-py3-none-any.whl', false, false],
  ['x @ file:///tmp/x.whl', false, false],
  ['--find-links wheels\nx==1.0', false, true],
  ['--find-links https://example.com/wheels\nx==1.0', true, true],
  ['numpy \\\n  ==1.26.4', true, true],
  ['', true, true],
])('reads %j: self-contained %s, pinned %s', (text, isSelfContained, isPinned) => {
  expect(readRequirements(text)).toEqual({ isSelfContained, isPinned })
})
