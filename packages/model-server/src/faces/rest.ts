import { encodeMetadata, encodeStates } from '../formats/json/encode-model.ts'
import { encodeError } from '../formats/json/encode-predict.ts'
import type { VersionChoice } from '../lifecycle/manager.ts'
import type { HttpDocument, Method } from '../prediction/documents.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import { asStatusError, httpStatusOf, invalidArgument, StatusError } from '../status.ts'
import { type Face, type FaceRequest, type FaceResponse, jsonResponse } from './http.ts'
import { inflate } from './inflate.ts'

/**
 * TensorFlow Serving's REST API under /v1/. The grammar is matched against the target as sent, query and all.
 * Source: TensorFlow Serving, http_rest_api_handler.cc.
 */
export function restFace(service: PredictService): Face {
  return async (request) => {
    try {
      return jsonResponse(200, await answer(service, request))
    } catch (thrown) {
      return errorResponse(thrown)
    }
  }
}

/** The one shape of an error for clients: `{"error": "…"}`. */
export function errorResponse(thrown: unknown): FaceResponse {
  const { code, message } = asStatusError(thrown)
  return jsonResponse(httpStatusOf(code), encodeError(message))
}

const versionPart = String.raw`(?:\/versions\/(\d+)|\/labels\/([^/:]+))?`
const callTarget = new RegExp(`^/v1/models/([^/:]+)${versionPart}:(classify|regress|predict)$`, 'i')
const modelTarget = new RegExp(`^/v1/models(?:/([^/:]+))?${versionPart}(/metadata)?$`, 'i')

function answer(service: PredictService, request: FaceRequest): Promise<Uint8Array> | string {
  if (request.method === 'GET') return describeModel(service, request.target)
  if (request.method !== 'POST') throw malformed(request)
  const { body, isAbandoned } = request
  const encoding = request.header('content-encoding')
  if (encoding === undefined) return callModel(service, request, { format: 'json', body })
  return inflate(body, encoding, isAbandoned).then((whole) =>
    callModel(service, request, { format: 'json', body: whole }),
  )
}

/** `POST /v1/models/M[/versions/N|/labels/L]:predict`. Throws StatusError. */
export function callModel(
  service: PredictService,
  { method: httpMethod, target, isAbandoned }: Pick<FaceRequest, 'method' | 'target' | 'isAbandoned'>,
  document: Omit<HttpDocument, 'method'>,
): Promise<Uint8Array> {
  if (latestCall.target !== target) latestCall = readCall(httpMethod, target)
  const { model, version, method } = latestCall
  return service.answer({ model, version, document: { method, ...document }, isAbandoned })
}

interface Call {
  readonly target: string
  readonly model: string
  readonly version: VersionChoice
  readonly method: Method
}

/** Most requests ask what the one before them asked. */
let latestCall: Call = { target: '', model: '', version: 'latest', method: 'predict' }

function readCall(httpMethod: string, target: string): Call {
  const [, model, version, label, method] = callTarget.exec(target) ?? []
  if (model === undefined || !isMethod(method)) throw malformed({ method: httpMethod, target })
  return { target, model: decoded(model, 'model name'), version: versionChoice(version, label), method }
}

function describeModel(service: PredictService, target: string): string {
  const match = modelTarget.exec(target)
  if (!match) throw malformed({ method: 'GET', target })
  const [, model, version, label, metadata] = match
  if (model === undefined) throw invalidArgument('Missing model name in request.')
  const name = decoded(model, 'model name')
  const choice = versionChoice(version, label)
  if (metadata) return encodeMetadata(service.metadata(name, choice))
  if (choice !== 'latest' && 'label' in choice) return encodeStates(service.states(name, labelled(choice)))
  return encodeStates(service.states(name, choice === 'latest' ? undefined : choice.version))

  /** TensorFlow Serving ignores the label here and shows all versions; this shows the one that it stands for. */
  function labelled(asked: VersionChoice): number {
    return service.metadata(name, asked).id.version
  }
}

/** The grammar takes `:PREDICT`, the dispatch behind it does not. */
const isMethod = (text: string | undefined): text is Method =>
  text === 'predict' || text === 'classify' || text === 'regress'

function versionChoice(version: string | undefined, label: string | undefined): VersionChoice {
  if (label !== undefined) return { label: decoded(label, 'model version label') }
  if (version === undefined) return 'latest'
  if (BigInt(version) > 2n ** 63n - 1n)
    throw invalidArgument(`Failed to convert version: ${version} to numeric.`)
  return { version: Number(version) }
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new StatusError('INVALID_ARGUMENT', `Failed to decode ${what}: ${text}`, { cause })
  }
}

const malformed = ({ method, target }: Pick<FaceRequest, 'method' | 'target'>): StatusError =>
  invalidArgument(`Malformed request: ${method} ${target}`)
