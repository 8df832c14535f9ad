import { describe, expect, it } from 'vitest'
import { pipSettings, uvSettings, withoutOtherEnvironments } from './installer-settings.ts'

const translated = (
  variables: Record<string, string>,
  { files = [], hasOwnIndex = false }: { files?: string[]; hasOwnIndex?: boolean } = {},
) => uvSettings(pipSettings(variables, files), variables, hasOwnIndex)

const configuration = `
[global]
index-url = https://pip.example/simple
extra_index_url =
    https://one.example/simple
    https://two.example/simple
; a comment
[install]
trusted-host: pip.example
[freeze]
timeout = 1
`

describe('uvSettings', () => {
  it("says pip's variables in uv's words", () => {
    expect(
      translated({ PIP_INDEX_URL: 'https://a/simple', PIP_CERT: '/ca.pem', PIP_DEFAULT_TIMEOUT: '9' }),
    ).toEqual({
      UV_DEFAULT_INDEX: 'https://a/simple',
      SSL_CERT_FILE: '/ca.pem',
      UV_HTTP_TIMEOUT: '9',
    })
  })

  it("says pip's files in uv's words, of the sections that an installation reads", () => {
    expect(translated({}, { files: [configuration] })).toEqual({
      UV_DEFAULT_INDEX: 'https://pip.example/simple',
      UV_INDEX: 'https://one.example/simple https://two.example/simple',
      UV_INSECURE_HOST: 'pip.example',
      UV_INDEX_STRATEGY: 'unsafe-best-match',
    })
  })

  it('lets a variable win over a file and a later file over an earlier', () => {
    const files = [configuration, '[global]\nindex-url = https://later/simple']
    expect(translated({}, { files }).UV_DEFAULT_INDEX).toBe('https://later/simple')
    expect(translated({ PIP_INDEX_URL: 'https://v/simple' }, { files }).UV_DEFAULT_INDEX).toBe(
      'https://v/simple',
    )
  })

  it.each([
    ['UV_DEFAULT_INDEX', { UV_DEFAULT_INDEX: 'https://uv' }],
    ['the older UV_INDEX_URL', { UV_INDEX_URL: 'https://uv' }],
  ])('replaces nothing that is set for uv: %s', (_, variables: Record<string, string>) => {
    expect(translated({ ...variables, PIP_INDEX_URL: 'https://pip' })).toEqual({})
  })

  it("leaves the indexes of uv's own configuration alone", () => {
    expect(translated({ PIP_INDEX_URL: 'https://pip', PIP_CERT: '/ca.pem' }, { hasOwnIndex: true })).toEqual({
      SSL_CERT_FILE: '/ca.pem',
    })
  })
})

it('keeps installers out of other environments', () => {
  const variables = { PATH: '/bin', VIRTUAL_ENV: '/x', PIP_TARGET: '/y', PYTHONPATH: '/z' }
  expect(withoutOtherEnvironments(variables)).toEqual({ PATH: '/bin' })
})
