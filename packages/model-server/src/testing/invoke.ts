export interface Sent {
  readonly method?: string
  readonly type?: string
  readonly accept?: string
  readonly attributes?: string
}

export interface Answered {
  readonly status: number
  readonly type: string | null
  readonly text: string
}

/** One request to `/invocations`. The body is JSON unless told otherwise. */
export async function invoke(
  server: { readonly url: string },
  body: string | Uint8Array = '',
  { method = 'POST', type = 'application/json', accept, attributes }: Sent = {},
): Promise<Answered> {
  const headers = {
    'content-type': type,
    ...(accept !== undefined && { accept }),
    ...(attributes !== undefined && { 'x-amzn-sagemaker-custom-attributes': attributes }),
  }
  const response = await fetch(`${server.url}/invocations`, {
    ...{ method, headers },
    ...(method === 'POST' && { body: Buffer.from(body) }),
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
