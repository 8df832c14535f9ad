import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../store/sqlite.ts'
import { sqliteCollection } from '../../store/sqlite-collection.ts'
import { checkTags, resourceTags, type Tag, type Tagged, type TagRecord, type Tags } from './tags.ts'

const directory = mkdtempSync(join(tmpdir(), 'sagebrush-tags-'))
const database = openDatabase(directory)
afterAll(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

const arn = 'arn:aws:sagemaker:us-west-2:123456789012:model/a'
const tag = (Key: string, Value = ''): Tag => ({ Key, Value })
let tags: Tags
let round = 0
beforeEach(async () => {
  round += 1
  const models = sqliteCollection<Tagged>(database, `models-${round}`)
  await models.create({ name: 'a', arn, tags: [tag('team', 'red'), tag('stage')] })
  tags = resourceTags({
    changed: sqliteCollection<TagRecord>(database, `tags-${round}`),
    resources: { model: models },
  })
})

test('a resource has the tags that it was made with', async () => {
  expect(await tags.list(arn)).toEqual([tag('team', 'red'), tag('stage')])
})

test('added tags come last, and an added key that is there gets the new value in its place', async () => {
  const all = [tag('team', 'blue'), tag('stage'), tag('new', '1')]
  expect(await tags.add(arn, [tag('new', '1'), tag('team', 'blue')])).toEqual(all)
  expect(await tags.list(arn)).toEqual(all)
})

test('removed tags stay away, and removing what is not there is no error', async () => {
  await tags.remove(arn, ['team', 'nothing'])
  expect(await tags.list(arn)).toEqual([tag('stage')])
})

test('a resource may have 50 tags and no more', async () => {
  const many = Array.from({ length: 48 }, (_, n) => tag(`k${n}`))
  expect(await tags.add(arn, many)).toHaveLength(50)
  await expect(tags.add(arn, [tag('one-more')])).rejects.toMatchObject({ code: 'ResourceLimitExceeded' })
  expect(await tags.list(arn)).toHaveLength(50)
})

test('a resource made again under an old name does not inherit tags', async () => {
  await tags.add(arn, [tag('old')])
  await tags.forget(arn)
  expect(await tags.list(arn)).toEqual([tag('team', 'red'), tag('stage')])
})

test.each([
  ['of a resource that is not there', 'arn:aws:sagemaker:us-west-2:123456789012:model/b'],
  ['of another region', 'arn:aws:sagemaker:eu-west-1:123456789012:model/a'],
  ['of a kind that is not there', 'arn:aws:sagemaker:us-west-2:123456789012:domain/a'],
  ['of a kind called like a property of every object', 'arn:aws:sagemaker:us-west-2:123456789012:toString/a'],
])('an ARN %s is refused', async (_case, wrong) => {
  const refused = { code: 'ValidationException', message: `Could not find resource "${wrong}".` }
  await expect(tags.list(wrong)).rejects.toMatchObject(refused)
  await expect(tags.add(wrong, [tag('a')])).rejects.toMatchObject(refused)
  await expect(tags.remove(wrong, ['a'])).rejects.toMatchObject(refused)
})

test.each([
  ['the same key twice', [tag('a'), tag('b'), tag('a')]],
  ["a key of AWS's own", [tag('aws:createdBy')]],
])('%s is refused', (_case, given) => {
  expect(() => checkTags(given)).toThrow(expect.objectContaining({ code: 'ValidationException' }))
})
