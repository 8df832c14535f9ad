import type { ContainerRules } from '../formats/container-rules.ts'
import type { HandlerContext, UserCode } from '../handlers/user-code.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import {
  attributesHeader,
  attributesRefusal,
  type CustomAttributes,
  customAttributes,
  doublyAssigned,
  targetOf,
} from './custom-attributes.ts'
import { falconError } from './falcon-error.ts'
import { type Face, type FaceRequest, type FaceResponse, jsonResponse } from './http.ts'
import { callModel, errorResponse } from './rest.ts'

/** Where the models answer handlers that call them by themselves, on `localhost`. */
export interface ModelPorts {
  readonly rest: number
  readonly grpc: number
}

export interface UserCodeFaceOptions {
  readonly defaultModel: string
  readonly rules: ContainerRules
  readonly ports: ModelPorts
  /** Undefined while it starts. */
  readonly userCode: () => UserCode | undefined
}

/** `/invocations` with user code: whatever comes goes to the code, whatever its content type. */
export function userCodeFace(service: PredictService, options: UserCodeFaceOptions): Face {
  const { rules } = options
  return async (request) => {
    const userCode = options.userCode()
    if (userCode === undefined) return jsonResponse(503, '{"error": "The handlers are starting"}')
    const header = request.header(attributesHeader)
    const refusal = refusedMethod(request.method, rules) ?? refusedAttributes(header, rules)
    if (refusal !== undefined) return refusal
    const attributes = customAttributes(header)
    return answerByUserCode(service, request, { ...options, userCode, attributes })
  }
}

/** What the container's Python service makes of other methods: it takes a GET for a list of models, and fails at that. */
function refusedMethod(method: string, { level }: ContainerRules): FaceResponse | undefined {
  if (method === 'POST') return undefined
  if (method === 'GET') return level === '2.19' ? falconError(500) : jsonResponse(200, '{}')
  if (method === 'DELETE') return falconError(500)
  const answer = falconError(405)
  return { ...answer, headers: { ...answer.headers, allow: 'DELETE, GET, POST, OPTIONS' } }
}

/** Unless strict, level 2.19 reads the header as the container does where there is no script: it passes the pair by. */
function refusedAttributes(
  header: string | undefined,
  { level, isStrict }: ContainerRules,
): FaceResponse | undefined {
  const key = doublyAssigned(header)
  if (key === undefined) return undefined
  if (level === '2.20') return jsonResponse(400, `{"error": "invalid ${key}"}`)
  return isStrict ? falconError(500) : undefined
}

export interface UserCodeInvocation {
  readonly userCode: UserCode
  /** A name in the path counts as one given here. */
  readonly attributes: CustomAttributes
  readonly defaultModel: string
  readonly rules: ContainerRules
  readonly ports: ModelPorts
}

/** One request by user code. Never rejects. */
export async function answerByUserCode(
  service: PredictService,
  request: FaceRequest,
  { userCode, attributes, defaultModel, rules, ports }: UserCodeInvocation,
): Promise<FaceResponse> {
  const refusal = rules.level === '2.20' ? attributesRefusal(attributes) : undefined
  if (refusal !== undefined) return jsonResponse(400, `{"error": "${refusal}"}`)
  const target = targetOf(attributes, defaultModel)
  const context = handlerContext(request, attributes, {
    restUri: `http://localhost:${ports.rest}${target}`,
    grpcPort: ports.grpc,
  })
  return userCode.answer({
    request,
    context,
    callModel: async (body) => {
      try {
        const call = { method: 'POST', target, isAbandoned: request.isAbandoned }
        return jsonResponse(200, await callModel(service, call, { format: 'json', body }))
      } catch (thrown) {
        return errorResponse(thrown)
      }
    },
  })
}

function handlerContext(
  { header }: FaceRequest,
  { name, version, method }: CustomAttributes,
  place: Pick<HandlerContext, 'restUri' | 'grpcPort'>,
): HandlerContext {
  const length = header('content-length')
  return {
    modelName: name,
    modelVersion: version,
    method,
    ...place,
    customAttributes: header(attributesHeader),
    requestContentType: header('content-type') ?? 'application/json',
    acceptHeader: header('accept') ?? 'application/json',
    contentLength: length === undefined ? undefined : Number(length),
    requestId: header('x-request-id') ?? header('x-amzn-requestid'),
    traceParent: header('traceparent'),
  }
}
