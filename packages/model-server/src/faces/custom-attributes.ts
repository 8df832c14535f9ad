/** What `X-Amzn-SageMaker-Custom-Attributes` says about the call; anything else in the header is the caller's own. */
export interface CustomAttributes {
  readonly name?: string
  readonly version?: string
  readonly method?: string
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
  return { ...(name && { name }), ...(version && { version }), ...(method && { method }) }
}

/** The REST target that the attributes stand for, pasted together as the container does it. */
export function targetOf({ name, version, method }: CustomAttributes, defaultModel: string): string {
  const versionPart = version === undefined ? '' : `/versions/${version}`
  return `/v1/models/${name ?? encodeURIComponent(defaultModel)}${versionPart}:${method ?? 'predict'}`
}
