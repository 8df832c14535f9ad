import type { Face } from '../faces/http.ts'
import type { MetricRegistry } from './metric-families.ts'

/** Answers GET at that path with the metrics, and hands everything else on. A query counts for nothing. */
export function metricsFace(face: Face, path: string, registry: MetricRegistry): Face {
  return (request) => {
    const isAsked =
      request.target.startsWith(path) &&
      (request.target.length === path.length || request.target[path.length] === '?')
    if (!isAsked || request.method !== 'GET') return face(request)
    return Promise.resolve({
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: Buffer.from(registry.text()),
    })
  }
}
