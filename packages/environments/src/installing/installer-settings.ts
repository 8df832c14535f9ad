import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Variables = Readonly<Record<string, string | undefined>>

export interface InstallerSettings {
  readonly variables: Variables
  /** For uv's commands that ask an index. */
  readonly arguments: readonly string[]
}

/**
 * What uv runs with: the caller's variables, without what would lead it into another environment, and pip's own
 * settings (`PIP_*`, pip.conf) in uv's words where uv has none of its own. Nothing that is set for uv is replaced.
 */
export async function installerSettings(variables: Variables): Promise<InstallerSettings> {
  const pip = pipSettings(variables, await readPipFiles(variables))
  const hasOwnIndex = await uvHasIndex(variables)
  const translated = uvSettings(pip, variables, hasOwnIndex)
  const noIndex = /^(1|y|yes|t|true|on)$/i.test(pip.get('no-index') ?? '') && !hasOwnIndex
  return {
    variables: { ...withoutOtherEnvironments(variables), ...translated },
    arguments: noIndex ? ['--no-index'] : [],
  }
}

/** Variables of an active environment, or of pip's, that would make an installer write elsewhere. */
const misleading = [
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'PYTHONHOME',
  'PYTHONPATH',
  'UV_SYSTEM_PYTHON',
  'UV_PROJECT_ENVIRONMENT',
  'UV_TARGET',
  'UV_PREFIX',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
  'PIP_USER',
  'PIP_PYTHON',
]

/** Without what would lead pip to another environment than the one it runs in. */
export function withoutOtherEnvironments(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !misleading.includes(name)))
}

/** Option (`index-url`) → value; a variable wins over the files, `[install]` over `[global]`, a later file over an earlier. */
export function pipSettings(variables: Variables, files: readonly string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  for (const text of files) for (const [option, value] of parsePipFile(text)) settings.set(option, value)
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith('PIP_') && value)
      settings.set(name.slice('PIP_'.length).toLowerCase().replaceAll('_', '-'), value)
  }
  return settings
}

/** pip.conf is an INI file; a value goes on over indented lines. */
function parsePipFile(text: string): Map<string, string> {
  const sections: Record<string, Map<string, string>> = { global: new Map(), install: new Map() }
  let section = ''
  let option: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue
    const [, header] = /^\[(.+)\]\s*$/.exec(line) ?? []
    const [, name, value] = /^([\w-]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    const values = sections[section]
    if (header !== undefined) [section, option] = [header.trim(), undefined]
    else if (name !== undefined && value !== undefined) {
      option = name.toLowerCase().replaceAll('_', '-')
      values?.set(option, value)
    } else if (option !== undefined && /^\s/.test(line))
      values?.set(option, `${values.get(option) ?? ''} ${line.trim()}`.trim())
  }
  return new Map([...(sections.global ?? []), ...(sections.install ?? [])])
}

/** pip's option → uv's variable; a list is parted by blanks for pip and by `separator` for uv. */
const translations: readonly { option: string; to: string; separator?: string; isIndex?: true }[] = [
  { option: 'index-url', to: 'UV_DEFAULT_INDEX', isIndex: true },
  { option: 'extra-index-url', to: 'UV_INDEX', separator: ' ', isIndex: true },
  { option: 'find-links', to: 'UV_FIND_LINKS', separator: ',', isIndex: true },
  { option: 'trusted-host', to: 'UV_INSECURE_HOST', separator: ' ' },
  { option: 'cert', to: 'SSL_CERT_FILE' },
  { option: 'client-cert', to: 'SSL_CLIENT_CERT' },
  { option: 'proxy', to: 'ALL_PROXY' },
  { option: 'timeout', to: 'UV_HTTP_TIMEOUT' },
  { option: 'default-timeout', to: 'UV_HTTP_TIMEOUT' },
  { option: 'keyring-provider', to: 'UV_KEYRING_PROVIDER' },
]

/** Older names that uv still takes for the same thing. */
const sameSetting: Readonly<Record<string, readonly string[]>> = {
  UV_DEFAULT_INDEX: ['UV_INDEX_URL'],
  UV_INDEX: ['UV_EXTRA_INDEX_URL'],
  ALL_PROXY: ['all_proxy', 'HTTPS_PROXY', 'https_proxy'],
}

/** pip asks all its indexes for the best version, uv by default the first that has the package: say so when translating. */
export function uvSettings(
  pip: ReadonlyMap<string, string>,
  variables: Variables,
  hasOwnIndex: boolean,
): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const { option, to, separator, isIndex } of translations) {
    const value = pip.get(option)
    const isSet = [to, ...(sameSetting[to] ?? [])].some((name) => variables[name])
    if (!value || isSet || to in settings || (isIndex && hasOwnIndex)) continue
    settings[to] = separator === undefined ? value : value.split(/\s+/).join(separator)
  }
  if (settings.UV_INDEX && !variables.UV_INDEX_STRATEGY) settings.UV_INDEX_STRATEGY = 'unsafe-best-match'
  if (!variables.UV_SYSTEM_CERTS && !variables.UV_NATIVE_TLS && usesSystemCertificates(pip))
    settings.UV_NATIVE_TLS = 'true'
  return settings
}

/** pip ≥ 24.2 trusts the system's certificates unless told otherwise; only where it is asked for do we ask it of uv. */
function usesSystemCertificates(pip: ReadonlyMap<string, string>): boolean {
  return (pip.get('use-feature') ?? '').includes('truststore')
}

/** Source: pip's documentation, "Configuration": system, user (legacy, then current), PIP_CONFIG_FILE. */
async function readPipFiles(variables: Variables): Promise<string[]> {
  const { PIP_CONFIG_FILE: named, HOME: home = homedir() } = variables
  if (named === '/dev/null') return []
  const config = variables.XDG_CONFIG_HOME || join(home, '.config')
  const places = [
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
    '/Library/Application Support/pip/pip.conf',
    join(home, '.pip', 'pip.conf'),
    join(config, 'pip', 'pip.conf'),
    join(home, 'Library', 'Application Support', 'pip', 'pip.conf'),
    ...(named ? [named] : []),
  ]
  return existing(places)
}

async function uvHasIndex(variables: Variables): Promise<boolean> {
  const home = variables.HOME ?? homedir()
  const config = variables.XDG_CONFIG_HOME || join(home, '.config')
  const places = [
    variables.UV_CONFIG_FILE ?? join(config, 'uv', 'uv.toml'),
    '/etc/xdg/uv/uv.toml',
    '/etc/uv/uv.toml',
  ]
  return (await existing(places)).some((text) =>
    /^\s*(\[\[(pip\.)?index\]\]|(extra-)?index(-url)?\s*=)/m.test(text),
  )
}

async function existing(places: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(places.map((place) => readFile(place, 'utf8').catch(() => undefined)))
  return texts.filter((text) => text !== undefined)
}
