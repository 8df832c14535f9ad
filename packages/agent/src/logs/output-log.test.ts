import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hostFiles } from '../host/host-files.ts'
import { isNote, openOutputLog } from './output-log.ts'

it('begins lines and notes of its own after the line that a program has begun', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-log-'))
  try {
    using log = openOutputLog(directory)
    log.line('one\ntwo')
    writeSync(log.descriptor, 'half')
    log.note('three')
    log.write(Buffer.from('four\n'))
    const lines = readFileSync(join(directory, hostFiles.output), 'utf8').split('\n')
    expect(lines).toEqual(['one', 'two', 'half', 'sagebrush-agent: three', 'four', ''])
    expect(lines.filter(isNote)).toEqual(['sagebrush-agent: three'])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
