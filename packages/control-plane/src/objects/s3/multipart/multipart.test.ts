import { createHash } from 'node:crypto'
import { bytesOf, createChecksum } from '@sagebrush/api'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, refusalOf, type S3Server, startS3, textOf } from '../testing/s3-server.ts'

let server: S3Server
let client: S3Server['client']
beforeAll(async () => {
  server = await startS3()
  client = server.client
})
afterAll(async () => server[Symbol.asyncDispose]())

const at = { Bucket: 'bucket', Key: 'big' }
const least = 5 * 1024 * 1024
const big = Buffer.alloc(least, 'a').toString()
const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest()
let UploadId: string
const begin = async (asked = {}) => {
  const upload = await client.CreateMultipartUpload({
    ...at,
    ContentType: 'x/y',
    Metadata: { a: 'b' },
    ...asked,
  })
  UploadId = upload.UploadId ?? ''
  return upload
}
const send = async (PartNumber: number, text: string, claims = {}) => {
  const part = await client.UploadPart({ ...at, UploadId, PartNumber, Body: bytesOf(text), ...claims })
  return { PartNumber, ...part }
}
const complete = (Parts: readonly object[], more = {}) =>
  client.CompleteMultipartUpload({ ...at, UploadId, MultipartUpload: { Parts: [...Parts] }, ...more })

describe('an upload in parts', () => {
  beforeEach(async () => {
    await begin()
  })

  test('becomes one object, with the ETag of its parts', async () => {
    const parts = [await send(1, big), await send(2, 'end')]
    const answer = await complete(parts)
    const etag = `"${md5(Buffer.concat([md5(big), md5('end')])).toString('hex')}-2"`
    expect(answer).toMatchObject({ ...at, ETag: etag, Location: '/bucket/big' })
    expect(await textOf(client.GetObject(at))).toBe(`${big}end`)
    expect(await client.HeadObject(at)).toMatchObject({
      ETag: etag,
      ContentType: 'x/y',
      Metadata: { a: 'b' },
    })
    const part = await client.GetObject({ ...at, PartNumber: 2 })
    expect(part).toMatchObject({ PartsCount: 2, ContentRange: `bytes ${least}-${least + 2}/${least + 3}` })
    expect(await textOf(Promise.resolve(part))).toBe('end')
  })

  test('can be completed again by a client that lost the answer', async () => {
    const parts = [await send(1, 'only')]
    const first = await complete(parts)
    expect(await complete(parts)).toEqual(first)
    await client.PutObject(at)
    expect(await codeOf(complete(parts))).toBe('NoSuchUpload 404')
  })

  test('is gone when it is aborted', async () => {
    await send(1, 'x')
    await client.AbortMultipartUpload({ ...at, UploadId })
    const gone = [
      'NoSuchUpload',
      404,
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      { UploadId },
    ]
    expect(await refusalOf(client.AbortMultipartUpload({ ...at, UploadId }))).toEqual(gone)
    expect(await refusalOf(send(1, 'x'))).toEqual(gone)
    expect(await refusalOf(complete([{ PartNumber: 1, ETag: 'x' }]))).toEqual(gone)
    expect(await refusalOf(client.ListParts({ ...at, UploadId }))).toEqual(gone)
  })

  test('belongs to its key', async () => {
    expect(await codeOf(client.ListParts({ ...at, Key: 'other', UploadId }))).toBe('NoSuchUpload 404')
  })

  test('lists its parts, page by page', async () => {
    for (const number of [1, 2, 5]) await send(number, `part ${number}`)
    const { Parts, ...rest } = await client.ListParts({ ...at, UploadId, MaxParts: 2, PartNumberMarker: 1 })
    expect(rest).toMatchObject({
      IsTruncated: false,
      NextPartNumberMarker: 5,
      MaxParts: 2,
      PartNumberMarker: 1,
      UploadId,
    })
    expect(Parts?.map(({ PartNumber }) => PartNumber)).toEqual([2, 5])
    expect(Parts?.[1]).toEqual({
      PartNumber: 5,
      Size: 6,
      ETag: `"${md5('part 5').toString('hex')}"`,
      LastModified: server.now,
    })
    expect((await client.ListParts({ ...at, UploadId, MaxParts: 1 })).IsTruncated).toBe(true)
  })

  test.each([0, 10_001, -1])('has no part %i', async (number) => {
    expect(await refusalOf(send(number, 'x'))).toEqual([
      'InvalidArgument',
      400,
      'Part number must be an integer between 1 and 10000, inclusive',
      { ArgumentName: 'partNumber', ArgumentValue: String(number) },
    ])
  })

  test('keeps its parts in order', async () => {
    const parts = [await send(2, 'x'), await send(1, big)]
    expect(await refusalOf(complete(parts))).toEqual([
      'InvalidPartOrder',
      400,
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      { UploadId },
    ])
    expect(await codeOf(complete([parts[0] ?? {}, parts[0] ?? {}]))).toBe('InvalidPartOrder 400')
  })

  test('knows its parts by number and ETag', async () => {
    const part = await send(1, 'x')
    const sentence =
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    expect(await refusalOf(complete([{ PartNumber: 1, ETag: '"other"' }]))).toEqual([
      'InvalidPart',
      400,
      sentence,
      { UploadId, PartNumber: '1', ETag: 'other' },
    ])
    expect(await codeOf(complete([part, { PartNumber: 2, ETag: part.ETag }]))).toBe('InvalidPart 400')
    for (const parts of [[], [{ PartNumber: 1 }], [{ ETag: part.ETag }]])
      expect(await codeOf(complete(parts))).toBe('MalformedXML 400')
  })

  test('has no small parts, but for the last', async () => {
    const parts = [await send(1, 'small'), await send(2, 'last')]
    expect(await refusalOf(complete(parts))).toEqual([
      'EntityTooSmall',
      400,
      'Your proposed upload is smaller than the minimum allowed size',
      {
        ProposedSize: '5',
        MinSizeAllowed: String(least),
        PartNumber: '1',
        ETag: md5('small').toString('hex'),
      },
    ])
    await complete(parts.slice(1))
    expect(await textOf(client.GetObject(at))).toBe('last')
  })

  test('can be asked to write only where nothing is', async () => {
    await client.PutObject(at)
    const parts = [await send(1, 'x')]
    expect(await codeOf(complete(parts, { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412')
    await client.DeleteObject(at)
    await complete(parts, { IfNoneMatch: '*' })
  })

  test('can be asked to be of a size', async () => {
    const parts = [await send(1, 'xyz')]
    expect(await refusalOf(complete(parts, { MpuObjectSize: 4 }))).toMatchObject({
      0: 'InvalidRequest',
      2: "The provided 'x-amz-mp-object-size' header value 4 does not match what was computed: 3",
    })
    await complete(parts, { MpuObjectSize: 3 })
  })

  test('takes parts from other objects', async () => {
    await client.PutObject({ ...at, Key: 'source', Body: bytesOf(`${big}0123456789`) })
    const copy = async (PartNumber: number, CopySourceRange?: string) => {
      const asked = { ...at, UploadId, PartNumber, CopySource: 'bucket/source', CopySourceRange }
      const { CopyPartResult } = await client.UploadPartCopy(asked)
      return { PartNumber, ETag: CopyPartResult?.ETag }
    }
    await complete([await copy(1), await copy(2, `bytes=${least + 2}-${least + 4}`)])
    expect(await textOf(client.GetObject(at))).toBe(`${big}0123456789234`)
    await begin()
    expect(await refusalOf(copy(1, 'bytes=0-99999999'))).toMatchObject({
      0: 'InvalidArgument',
      2: `Range specified is not valid for source object of size: ${least + 10}`,
    })
    expect(await codeOf(copy(1, 'bytes=3-'))).toBe('InvalidArgument 400')
  })
})

describe('checksums of an upload in parts', () => {
  const crc32 = (text: string) => {
    const checksum = createChecksum('CRC32')
    checksum.update(Buffer.from(text))
    return checksum.digest()
  }

  test('are those of the parts together', async () => {
    const told = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' }
    expect(await begin({ ChecksumAlgorithm: 'CRC32' })).toMatchObject(told)
    const parts = [
      await send(1, big),
      await send(2, 'end', { ChecksumCRC32: crc32('end').toString('base64') }),
    ]
    expect(parts[0]?.ChecksumCRC32).toBe(crc32(big).toString('base64'))
    const composite = createChecksum('CRC32')
    composite.update(Buffer.concat([crc32(big), crc32('end')]))
    const ChecksumCRC32 = `${composite.digest().toString('base64')}-2`
    expect(await codeOf(complete(parts, { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest 400')
    const stored = { ChecksumCRC32, ChecksumType: 'COMPOSITE' }
    expect(await complete(parts, { ChecksumCRC32 })).toMatchObject(stored)
    expect(await client.HeadObject({ ...at, ChecksumMode: 'ENABLED' })).toMatchObject(stored)
  })

  test('can be those of the whole', async () => {
    await begin({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const parts = [await send(1, big), await send(2, 'end')]
    const ChecksumCRC32 = crc32(`${big}end`).toString('base64')
    expect(await codeOf(complete(parts, { ChecksumType: 'COMPOSITE' }))).toBe('InvalidRequest 400')
    const asked = { ChecksumCRC32, ChecksumType: 'FULL_OBJECT' }
    expect(await complete(parts, asked)).toMatchObject(asked)
  })

  test('of a part must be its own, when they are named again', async () => {
    await begin({ ChecksumAlgorithm: 'CRC32' })
    const part = await send(1, 'x')
    expect(await codeOf(complete([{ ...part, ChecksumCRC32: 'AAAAAA==' }]))).toBe('InvalidPart 400')
    await complete([part])
  })

  test.each([
    [
      { ChecksumType: 'FULL_OBJECT' },
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    ],
    [
      { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' },
      'The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.',
    ],
    [
      { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' },
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
    ],
    [{ ChecksumAlgorithm: 'CRC32', ChecksumType: 'X' }, 'Value for x-amz-checksum-type header is invalid.'],
  ])('cannot be asked for as %j', async (asked, message) => {
    expect(await refusalOf(begin(asked))).toEqual(['InvalidRequest', 400, message, {}])
  })

  test('are of one kind', async () => {
    await begin({ ChecksumAlgorithm: 'SHA256' })
    expect(await refusalOf(send(1, 'x', { ChecksumAlgorithm: 'CRC32' }))).toEqual([
      'InvalidRequest',
      400,
      'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
      {},
    ])
  })
})

test('the uploads of a bucket are listed, page by page and by folder', async () => {
  await using own = await startS3()
  const uploads = own.client
  const ids: string[] = []
  for (const Key of ['a', 'b/1', 'b/2', 'c']) {
    const { UploadId: id = '' } = await uploads.CreateMultipartUpload({ Bucket: 'bucket', Key })
    ids.push(id)
  }
  const list = async (asked = {}) => {
    const page = await uploads.ListMultipartUploads({ Bucket: 'bucket', ...asked })
    const found = (page.Uploads ?? []).map(({ Key = '' }) => Key)
    return { ...page, found: [...found, ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix)] }
  }
  expect((await list()).found).toEqual(['a', 'b/1', 'b/2', 'c'])
  const first = await list({ MaxUploads: 2 })
  expect(first).toMatchObject({
    IsTruncated: true,
    NextKeyMarker: 'b/1',
    NextUploadIdMarker: ids[1],
    MaxUploads: 2,
  })
  const marked = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker }
  expect((await list(marked)).found).toEqual(['b/2', 'c'])
  expect((await list({ Delimiter: '/' })).found).toEqual(['a', 'c', 'b/'])
  const folders = await list({ Delimiter: '/', MaxUploads: 2 })
  expect(folders).toMatchObject({ found: ['a', 'b/'], NextKeyMarker: 'b/' })
  expect((await list({ Delimiter: '/', KeyMarker: 'b/' })).found).toEqual(['c'])
  expect((await list({ Prefix: 'b/' })).found).toEqual(['b/1', 'b/2'])
})
