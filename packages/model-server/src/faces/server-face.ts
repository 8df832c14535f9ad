import type { PredictService } from '../predict-service.ts'
import { type Face, jsonResponse } from './http.ts'
import { type InvocationsOptions, invocationsFace, pingFace } from './invocations.ts'
import { restFace } from './rest.ts'

/** All that one port answers, by prefix as the container's nginx does it. */
export function serverFace(service: PredictService, options: InvocationsOptions): Face {
  const rest = restFace(service)
  const table: readonly Route[] = [
    { prefix: '/invocations', face: invocationsFace(service, options) },
    { prefix: '/ping', face: pingFace(service) },
    { prefix: '/v1/', face: rest },
    { prefix: '/tfs/', face: (request) => rest({ ...request, target: request.target.slice('/tfs'.length) }) },
  ]
  return async (request) => {
    // TensorFlow Serving's own prefix is valid in any case.
    const target = request.target.startsWith('/V1/') ? '/v1/' : request.target
    const route = table.find(({ prefix }) => target.startsWith(prefix))
    return route ? route.face(request) : jsonResponse(404, '{"error": "Not Found"}')
  }
}

interface Route {
  readonly prefix: string
  readonly face: Face
}
