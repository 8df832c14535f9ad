import { encodeError } from '../formats/json/encode-predict.ts'
import type { PredictService } from '../predict-service.ts'
import { customAttributes, targetOf } from './custom-attributes.ts'
import { type Face, type FaceRequest, type FaceResponse, jsonResponse } from './http.ts'
import { callModel, errorResponse } from './rest.ts'

export interface InvocationsOptions {
  /** Answers where no attribute names a model. */
  readonly defaultModel: string
  /** The container's own refusals: content types with parameters or in other case are unsupported. */
  readonly isStrict: boolean
}

/**
 * The SageMaker container's `/invocations`: TensorFlow Serving's JSON and the simplified forms, any HTTP method.
 * Source: SageMaker TensorFlow Serving container, level 2.19 without user code.
 */
export function invocationsFace(service: PredictService, options: InvocationsOptions): Face {
  return async (request) => {
    const sent = request.header('content-type')
    const contentType = options.isStrict ? sent : sent?.split(';')[0]?.trim().toLowerCase()
    if (contentType === undefined || !jsonTypes.has(contentType)) return unsupported(sent)
    return acceptedBy(request.header('accept'), await invoke(service, options, request))
  }
}

/** 200 with an empty body when every model is available, 502 before. An attribute narrows it to one model. */
export function pingFace(service: PredictService): Face {
  return async (request) => {
    const { name, version } = customAttributes(request.header(attributesHeader))
    const models = name === undefined ? service.models() : [name]
    const isReady = models.length > 0 && models.every((model) => isAvailable(service, model, version))
    return isReady ? jsonResponse(200, '') : jsonResponse(502, encodeError('The model is not available'))
  }
}

const attributesHeader = 'x-amzn-sagemaker-custom-attributes'
const jsonTypes = new Set(['application/json', 'application/jsonlines', 'application/jsons'])

async function invoke(
  service: PredictService,
  { defaultModel }: InvocationsOptions,
  { header, body, isAbandoned }: FaceRequest,
): Promise<FaceResponse> {
  const target = targetOf(customAttributes(header(attributesHeader)), defaultModel)
  try {
    const call = { method: 'POST', target, isAbandoned }
    return jsonResponse(200, await callModel(service, call, { format: 'container-json', body }))
  } catch (thrown) {
    return errorResponse(thrown)
  }
}

function unsupported(sent: string | undefined): FaceResponse {
  return jsonResponse(415, `{"error": "Unsupported Media Type: ${escaped(sent ?? 'Unknown')}"}`)
}

/** The container pastes the header in as it is; only what would break the JSON is escaped here. */
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1)

/**
 * A client that asks for JSON or JSON lines gets the first type that it names and a body without line breaks.
 * Only the first blank of the header counts for nothing, as in the container.
 */
function acceptedBy(accept: string | undefined, response: FaceResponse): FaceResponse {
  const wanted = (accept ?? '').replace(' ', '').split(',')
  const [first] = wanted
  if (first === undefined || !wanted.some((type) => acceptedTypes.has(type))) return response
  return {
    status: response.status,
    headers: { 'content-type': first },
    body: withoutNewlines(response.body),
  }
}

const acceptedTypes = new Set(['application/json', 'application/jsonlines'])

function withoutNewlines(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length)
  const parts: Buffer[] = []
  let start = 0
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
    parts.push(text.subarray(start, end))
    start = end + 1
  }
  return Buffer.concat([...parts, text.subarray(start)])
}

function isAvailable(service: PredictService, model: string, version: string | undefined): boolean {
  try {
    const number = version === undefined ? undefined : Number(version)
    return service.states(model, number).some(({ state }) => state === 'AVAILABLE')
  } catch {
    // A model or version that nobody has heard of is not available either.
    return false
  }
}
