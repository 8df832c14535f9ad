export type HyperParameter =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | Readonly<Record<string, unknown>>

/** Each value as JSON text, which is what the training toolkit decodes. */
export function encodeHyperParameters(
  values: Readonly<Record<string, HyperParameter>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]))
}
