import type { PredictService } from '../prediction/predict-service.ts'
import { type Face, type FaceRequest, type FaceResponse, jsonResponse } from './http.ts'

/** Prefixes of all that it answers. */
export const healthPaths = ['/healthz', '/readyz', '/v2/']

/**
 * Health for orchestrators, by the names that they already know. Live: the server answers. Ready, as the caller says: unless it
 * says otherwise, where every model that is wanted has a version that is available; else 503.
 *
 *     GET /healthz   /v2/health/live                            {"live":true}
 *     GET /readyz    /v2/health/ready                           {"ready":true}
 *     GET /v2/models/M/ready   /v2/models/M/versions/N/ready    {"name":"M","ready":true}
 *
 * Source: KServe's Open Inference Protocol, health APIs; Kubernetes' own servers for the short names.
 */
export function healthFace(
  service: PredictService,
  isReady: () => boolean = () => areModelsAvailable(service),
): Face {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return notFound
    const path = request.target.split('?')[0] ?? ''
    if (path === '/healthz' || path === '/v2/health/live') return answer(request, true, { live: true })
    if (path === '/readyz' || path === '/v2/health/ready') {
      const ready = isReady()
      return answer(request, ready, { ready })
    }
    const [, encoded, version] = modelPath.exec(path) ?? []
    if (encoded === undefined) return notFound
    const name = decoded(encoded)
    const ready = isAvailable(service, name, version === undefined ? undefined : Number(version))
    return answer(request, ready, { name, ready })
  }
}

const modelPath = /^\/v2\/models\/([^/]+)(?:\/versions\/(\d+))?\/ready$/

/** What is wrongly encoded names no model. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const notFound = jsonResponse(404, '{"error": "Not Found"}')

const answer = ({ method }: FaceRequest, isOk: boolean, body: unknown): FaceResponse =>
  jsonResponse(isOk ? 200 : 503, method === 'HEAD' ? '' : JSON.stringify(body))

export function areModelsAvailable(service: PredictService): boolean {
  const models = service.models()
  return models.length > 0 && models.every((model) => isAvailable(service, model))
}

/** False for what nobody has heard of, too. */
export function isAvailable(service: PredictService, model: string, version?: number): boolean {
  try {
    return service.states(model, version).some(({ state }) => state === 'AVAILABLE')
  } catch {
    return false
  }
}
