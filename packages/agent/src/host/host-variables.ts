import type { Credentials } from '@sagebrush/api'
import type { HostPlan } from '../plan/host-plan.ts'

const names =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TERM|TMPDIR|LD_LIBRARY_PATH|SAGEBRUSH_HOST_DIRECTORY)$/
const families =
  /^((https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(PIP|UV|CUDA|NVIDIA|XDG|KERAS|OMP|TF)_.*)$/i

/**
 * What of the agent's own environment goes on to programs: how to reach the network, the language, the
 * accelerators, and the mark by which a host's processes are found. Not credentials, and not `TF_CONFIG`,
 * which is a job's own.
 */
export function inheritedVariables(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined || name === 'TF_CONFIG') continue
    if (names.test(name) || families.test(name)) kept[name] = value
  }
  return kept
}

/**
 * How a program reaches the server; one that is isolated learns its region alone. boto3 reads `AWS_DEFAULT_REGION`,
 * newer SDKs `AWS_REGION`.
 */
export function connectionVariables(plan: HostPlan, credentials: Credentials): Record<string, string> {
  const region = { AWS_REGION: plan.region, AWS_DEFAULT_REGION: plan.region }
  if (plan.isIsolated) return region
  return {
    ...region,
    AWS_ENDPOINT_URL: plan.endpoint,
    S3_ENDPOINT_URL: plan.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

/** A proxy of the host must not catch the calls to our own server. */
export function withoutProxyFor(
  endpoint: string,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const given = variables.no_proxy ?? variables.NO_PROXY
  const hosts = [given, new URL(endpoint).hostname, 'localhost', '127.0.0.1'].filter(Boolean)
  const list = Array.from(new Set(hosts)).join(',')
  return { no_proxy: list, NO_PROXY: list }
}
