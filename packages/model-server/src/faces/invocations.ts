import type { ContainerLevel, ContainerRules } from '../formats/container-rules.ts'
import type { BodyFormat } from '../formats/decode-body.ts'
import { encodeError } from '../formats/json/encode-predict.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import { acceptedBy, wantsNpy } from './accept.ts'
import {
  attributesHeader,
  attributesRefusal,
  type CustomAttributes,
  customAttributes,
  targetOf,
} from './custom-attributes.ts'
import { isAvailable } from './health.ts'
import { type Face, type FaceRequest, type FaceResponse, jsonResponse } from './http.ts'
import { callModel, errorResponse } from './rest.ts'

export interface InvocationsOptions {
  /** Answers where no attribute names a model. */
  readonly defaultModel: string
  /** The container's generation. Default: 2.19. */
  readonly level?: ContainerLevel
  /** The container's own refusals: no NumPy arrays; at level 2.19 no content types with parameters or in other case. */
  readonly isStrict: boolean
}

/**
 * The SageMaker container's `/invocations`: TensorFlow Serving's JSON, the simplified forms, JSON lines and CSV, any
 * HTTP method; unless strict also NumPy arrays. Source: SageMaker TensorFlow Serving container without user code.
 */
export function invocationsFace(service: PredictService, options: InvocationsOptions): Face {
  const rules = { level: options.level ?? '2.19', isStrict: options.isStrict }
  return async (request) => {
    const sent = request.header('content-type')
    const format = formatOf(sent, rules)
    if (format === undefined) return unsupported(sent, rules)
    const attributes = customAttributes(request.header(attributesHeader))
    const refusal = rules.level === '2.20' ? attributesRefusal(attributes) : undefined
    if (refusal !== undefined) return jsonResponse(400, `{"error":"${refusal}"}`)
    if (rules.isStrict && format === 'csv' && request.body.length === 0) return brokenPage
    return invoke(service, request, { format, attributes, rules, defaultModel: options.defaultModel })
  }
}

/**
 * 200 with an empty body when every model is available and user code, if there is any, has started; 502 before. An
 * attribute narrows it to one model.
 */
export function pingFace(service: PredictService, isCodeReady: () => boolean = () => true): Face {
  return async (request) => {
    const { name, version } = customAttributes(request.header(attributesHeader))
    const models = name === undefined ? service.models() : [name]
    const number = version === undefined ? undefined : Number(version)
    const isReady =
      isCodeReady() && models.length > 0 && models.every((model) => isAvailable(service, model, number))
    return isReady ? jsonResponse(200, '') : jsonResponse(502, encodeError('The model is not available'))
  }
}

interface Invocation {
  readonly format: BodyFormat
  readonly attributes: CustomAttributes
  readonly rules: ContainerRules
  readonly defaultModel: string
}

async function invoke(
  service: PredictService,
  { header, body, isAbandoned }: FaceRequest,
  { format, attributes, rules, defaultModel }: Invocation,
): Promise<FaceResponse> {
  const { method = 'predict', signature } = attributes
  const isArray = !rules.isStrict && method === 'predict' && wantsNpy(header('accept'))
  const call = { method: 'POST', target: targetOf(attributes, defaultModel), isAbandoned }
  const named = signature === undefined || rules.isStrict ? {} : { signature }
  const answer = isArray ? ('npy' as const) : ('json' as const)
  try {
    const result = await callModel(service, call, { format, body, rules, answer, ...named })
    if (isArray) return { status: 200, headers: { 'content-type': 'application/x-npy' }, body: result }
    return acceptedBy(header('accept'), jsonResponse(200, result), rules.level)
  } catch (thrown) {
    return acceptedBy(header('accept'), errorResponse(thrown), rules.level)
  }
}

const formats: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/json', 'container-json'],
  ['application/jsonlines', 'json-lines'],
  ['application/jsons', 'json-lines'],
  ['text/csv', 'csv'],
  ['application/x-npy', 'npy'],
])

function formatOf(sent: string | undefined, { level, isStrict }: ContainerRules): BodyFormat | undefined {
  if (sent === undefined) return undefined
  const format = formats.get(isStrict && level === '2.19' ? sent : normalized(sent))
  return isStrict && format === 'npy' ? undefined : format
}

const normalized = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase()

function unsupported(sent: string | undefined, { level }: ContainerRules): FaceResponse {
  const shown = sent === undefined ? 'Unknown' : level === '2.19' ? sent : normalized(sent)
  const blank = level === '2.19' ? ' ' : ''
  return jsonResponse(415, `{"error":${blank}"Unsupported Media Type: ${escaped(shown)}"}`)
}

/** The container pastes the header in as it is; only what would break the JSON is escaped here. */
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1)

/** What stands before the container answers so where its own program fails. */
const brokenPage: FaceResponse = {
  status: 500,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html><head><title>500 Internal Server Error</title></head><body></body></html>\n'),
}
