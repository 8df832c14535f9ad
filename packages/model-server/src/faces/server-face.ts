import type { PredictService } from '../prediction/predict-service.ts'
import { areModelsAvailable, healthFace, healthPaths } from './health.ts'
import { type Face, type FaceResponse, jsonResponse } from './http.ts'
import { type InvocationsOptions, invocationsFace, pingFace } from './invocations.ts'
import { restFace } from './rest.ts'
import { scriptlessFace } from './scriptless-face.ts'
import { type UserCodeFaceOptions, userCodeFace } from './user-code-face.ts'

export interface ServerFaceOptions extends InvocationsOptions {
  /** Stands between `/invocations` and the models. */
  readonly userCode?: UserCodeInFront | undefined
}

export interface UserCodeInFront extends Pick<UserCodeFaceOptions, 'userCode' | 'ports'> {
  /** False: packages alone. */
  readonly hasScript: boolean
}

/** All that one port answers, by prefix as the container's nginx does it. */
export function serverFace(service: PredictService, options: ServerFaceOptions): Face {
  const { userCode, defaultModel, isStrict, level = '2.19' } = options
  const rest = restFace(service)
  const invocations = userCode
    ? (userCode.hasScript ? userCodeFace : scriptlessFace)(service, {
        defaultModel,
        rules: { isStrict, level },
        ...userCode,
      })
    : invocationsFace(service, options)
  const isCodeReady = userCode && (() => userCode.userCode() !== undefined)
  const isReady = () => (isCodeReady?.() ?? true) && areModelsAvailable(service)
  const health = healthFace(service, isReady)
  const table: readonly Route[] = [
    { prefix: '/invocations', face: invocations },
    { prefix: '/ping', face: pingFace(service, isCodeReady) },
    { prefix: '/v1/', face: rest },
    ...(isStrict ? [] : healthPaths.map((prefix) => ({ prefix, face: health }))),
    { prefix: '/tfs/', face: (request) => rest({ ...request, target: request.target.slice('/tfs'.length) }) },
  ]
  return (request) => {
    // TensorFlow Serving's own prefix is valid in any case.
    const target = request.target.startsWith('/V1/') ? '/v1/' : request.target
    const route = table.find(({ prefix }) => target.startsWith(prefix))
    return route ? route.face(request) : notFound()
  }
}

const notFound: () => Promise<FaceResponse> = async () => jsonResponse(404, '{"error": "Not Found"}')

interface Route {
  readonly prefix: string
  readonly face: Face
}
