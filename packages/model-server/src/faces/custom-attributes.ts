export const attributesHeader = 'x-amzn-sagemaker-custom-attributes'

/** What `X-Amzn-SageMaker-Custom-Attributes` says about the call; anything else in the header is the caller's own. */
export interface CustomAttributes {
  readonly name?: string
  readonly version?: string
  readonly method?: string
  /** Ours: the signature for bodies that name none. */
  readonly signature?: string
}

/**
 * Every `tfs-…=…` anywhere in the header, separated by commas; the last of a kind wins; a pair with a second `=` is
 * ignored. Source: SageMaker TensorFlow Serving container, level 2.19, tensorflowServing.js.
 */
export function customAttributes(header: string | undefined): CustomAttributes {
  const values = new Map<string, string>()
  for (const [pair] of (header ?? '').matchAll(/tfs-[a-z-]+=[^,]+/g)) {
    const [key = '', value = '', ...more] = pair.split('=')
    if (more.length === 0) values.set(key, value)
  }
  const name = values.get('tfs-model-name')
  const version = values.get('tfs-model-version')
  const method = values.get('tfs-method')
  const signature = values.get('tfs-signature-name')
  return {
    ...(name && { name }),
    ...(version && { version }),
    ...(method && { method }),
    ...(signature && { signature }),
  }
}

/**
 * The first key whose value holds another `=`: it breaks the container's Python service at level 2.19, and is refused at
 * 2.20. Source: SageMaker TensorFlow Serving container, python_service.py.
 */
export function doublyAssigned(header: string | undefined): string | undefined {
  return /(tfs-[a-z-]+)=[^,=]*=/.exec(header ?? '')?.[1]
}

/** What level 2.20 refuses, in its words; 2.19 passes everything on. Source: the same file, level 2.20. */
export function attributesRefusal({ name, version, method }: CustomAttributes): string | undefined {
  if (name !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name)) return 'invalid tfs-model-name'
  if (version !== undefined && !/^\d+$/.test(version)) return 'invalid tfs-model-version'
  if (method !== undefined && !/^(?:predict|classify|regress)$/.test(method)) return 'invalid tfs-method'
  return undefined
}

/** The REST target that the attributes stand for, pasted together as the container does it. */
export function targetOf({ name, version, method }: CustomAttributes, defaultModel: string): string {
  const versionPart = version === undefined ? '' : `/versions/${version}`
  return `/v1/models/${name ?? encodeURIComponent(defaultModel)}${versionPart}:${method ?? 'predict'}`
}
