import { bytesOf, type HttpRequest, type HttpResponse } from '@sagebrush/api'

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sagebrush</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 44em; margin: 3em auto; padding: 0 1em } pre { background: #eee; padding: 1em; color: #000 }</style>
<h1>Sagebrush answers here</h1>
<p>SageMaker for TensorFlow on your own machines. This address speaks the protocols of AWS, for its clients:</p>
<pre>eval "$(npx sagebrush env)"
aws sagemaker list-training-jobs
aws s3 ls</pre>
<p>A SageMaker program or notebook runs as it stands:</p>
<pre>npx sagebrush exec -- python notebook.py</pre>
</html>
`

/** What a person is told who opens the server's address in a browser: no client of AWS asks for HTML. */
export function welcomeFor({ method, target, headers }: HttpRequest): HttpResponse | undefined {
  const isBrowser = headers.get('accept')?.includes('text/html') && !headers.has('authorization')
  if (method !== 'GET' || target !== '/' || !isBrowser) return undefined
  const body = bytesOf(page)
  const type = { 'content-type': 'text/html; charset=utf-8', 'content-length': String(body.held.length) }
  return { status: 200, headers: new Headers(type), body }
}
