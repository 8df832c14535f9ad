import { defaultHandler } from '../handlers/default-handler.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import { falconError } from './falcon-error.ts'
import { type Face, jsonResponse } from './http.ts'
import { invocationsFace } from './invocations.ts'
import { type UserCodeFaceOptions, userCodeFace } from './user-code-face.ts'

/**
 * `/invocations` where there are packages but no script. The container then passes the body on as it is, so that only
 * TensorFlow Serving's JSON gets anywhere; here, unless strict, all content types of a container without packages are
 * taken too. At level 2.19 the status is 200 whatever the model answered.
 */
export function scriptlessFace(service: PredictService, options: UserCodeFaceOptions): Face {
  const { rules, defaultModel, userCode } = options
  const plain = userCodeFace(service, {
    ...options,
    userCode: () => userCode() && defaultHandler(rules),
  })
  const converting = invocationsFace(service, { defaultModel, ...rules })
  return async (request) => {
    if (request.method !== 'POST' || userCode() === undefined) return plain(request)
    const type = request.header('content-type')
    if (rules.isStrict) {
      const isTaken = rules.level === '2.19' || type === undefined || isJsonOrCsv(type)
      if (!isTaken) return jsonResponse(415, JSON.stringify({ error: `Unsupported Media Type: ${type}` }))
      const answer = await plain(request)
      return rules.level === '2.20' && answer.status !== 200
        ? falconError(answer.status, Buffer.from(answer.body).toString())
        : answer
    }
    const answer = await converting(request)
    if (rules.level === '2.20') return type === undefined ? plain(request) : answer
    return answer.status === 415 ? plain(request) : { ...answer, status: 200 }
  }
}

const isJsonOrCsv = (contentType: string): boolean =>
  /^\s*(application\/(json|jsonlines|jsons)|text\/csv)\s*(;|$)/i.test(contentType)
