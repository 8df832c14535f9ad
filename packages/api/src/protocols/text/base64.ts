/** Undefined for text that is not base64. */
export function base64Bytes(text: string): Uint8Array | undefined {
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && (text.length % 4 === 0 || !text.includes('='))
  return isBase64 ? Buffer.from(text, 'base64') : undefined
}
