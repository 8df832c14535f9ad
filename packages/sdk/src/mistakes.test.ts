import { expect, test } from 'vitest'
import { createSession } from './session.ts'
import { uploadSource } from './source-code.ts'

const good = {
  endpoint: 'http://127.0.0.1:9',
  region: 'us-west-2',
  credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
}

test.each([
  [
    { endpoint: '127.0.0.1:8400' },
    'endpoint must be an address such as http://127.0.0.1:8400, not 127.0.0.1:8400',
  ],
  [{ endpoint: undefined }, 'endpoint must be an address such as http://127.0.0.1:8400, not undefined'],
  [{ region: '' }, 'region must be a name such as us-west-2, not '],
  [{ credentials: { accessKeyId: 'AKIA' } }, 'credentials must have accessKeyId and secretAccessKey'],
])('a session with %j says what is wrong', (wrong, words) => {
  const options: object = { ...good, ...wrong }
  expect(() => createSession(options as typeof good)).toThrow(words)
})

test.each([
  [{ entryPoint: 'none.py' }, /^the entry point .*\/none\.py cannot be read$/],
  [
    { entryPoint: 'none.py', sourceDir: 'packages' },
    /^the entry point .*\/packages\/none\.py cannot be read$/,
  ],
  [{ entryPoint: 'train.py', sourceDir: 'none' }, /^the source folder .*\/none cannot be read$/],
  [{ entryPoint: import.meta.filename, dependencies: ['none'] }, /^the dependency .*\/none cannot be read$/],
])('code of %j says what is missing', async (code, words) => {
  await expect(uploadSource(createSession(good), code, 's3://b/k')).rejects.toThrow(words)
})
