/** `base-2026-11-21-10-30-59-123` in UTC, at most 63 characters, as the SageMaker Python SDK names things. */
export function nameFromBase(base: string, now: Date): string {
  const stamp = now.toISOString().replace(/[:.T]/g, '-').slice(0, 23)
  return `${base.slice(0, 39).replace(/-+$/, '')}-${stamp}`
}
