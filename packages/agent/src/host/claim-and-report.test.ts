import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimHost } from './claim.ts'
import { reporter } from './report.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-life-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))
const read = (name: string) => JSON.parse(readFileSync(join(directory, name), 'utf8'))

describe('claimHost', () => {
  it('lets exactly one of many have the host', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimHost(directory)))
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  it('notes the process, so that another one with its number is not taken for it', async () => {
    await claimHost(directory)
    const ticks = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19]
    expect(read('claim')).toEqual({ pid: process.pid, startTicks: ticks })
  })

  it('fails when the folder is not there', async () => {
    await expect(claimHost(join(directory, 'none'))).rejects.toThrow('ENOENT')
  })
})

describe('reporter', () => {
  const at = '2026-11-20T11:54:30.819Z'
  const report = () => reporter(directory, () => new Date(at))

  it('replaces the report by the latest, and leaves nothing else', async () => {
    const { running, exited } = report()
    await running('preparing')
    expect(read('report.json')).toEqual({ phase: 'running', activity: 'preparing', at })
    await running('serving', { address: '127.0.0.1:1' })
    expect(read('report.json')).toEqual({ phase: 'running', activity: 'serving', at, address: '127.0.0.1:1' })
    await exited({ exitCode: 1, reason: 'ClientError: x' })
    expect(read('report.json')).toEqual({ phase: 'exited', exitCode: 1, at, reason: 'ClientError: x' })
    expect(readdirSync(directory)).toEqual(['report.json'])
  })

  it('keeps the order of reports that are not waited for', async () => {
    const { running, exited } = report()
    await Promise.all([running('training'), running('uploading'), exited({ exitCode: 0 })])
    expect(read('report.json')).toEqual({ phase: 'exited', exitCode: 0, at })
  })
})
