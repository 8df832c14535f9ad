import { type Face, type FaceRequest, type FaceResponse, jsonResponse } from '../faces/http.ts'
import type { ContainerRules } from '../formats/container-rules.ts'
import { statesJson } from '../formats/json/encode-model.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import { LoadRefusal } from './load-refusal.ts'
import type { LoadedModel, LoadedModels } from './loaded-models.ts'
import { isModelName, quotedName } from './model-name.ts'
import { modelPage, wantsPage } from './model-page.ts'

export interface ModelsFaceOptions {
  readonly service: PredictService
  readonly models: LoadedModels
  readonly rules: ContainerRules
  /** Answers an invocation of a model that is loaded. */
  readonly invoke: (model: LoadedModel, request: FaceRequest) => Promise<FaceResponse>
}

/**
 * The container's `/models`, `/models/M` and `/models/M/invoke`, and what is left of `/invocations` beside them.
 * Source: SageMaker TensorFlow Serving container, python_service.py.
 */
export function modelsFace(options: ModelsFaceOptions): Face {
  return async (request) => {
    const [path = '', query = ''] = request.target.split('?', 2)
    const [, collection, , name] = /^\/(models|invocations)(\/([^/]+)(\/invoke)?)?$/.exec(path) ?? []
    if (collection === undefined || (collection === 'invocations' && name !== undefined)) return notFound
    try {
      if (name === undefined) return await answerAll(options, request, { collection, query })
      return await answerOne(options, request, decodeURIComponent(name))
    } catch (error) {
      if (error instanceof LoadRefusal) return refused(error, options.rules)
      // What the container's own program does not expect of a request ends so: `%` without digits, a body that is no JSON.
      if (error instanceof URIError || error instanceof BadLoadRequest) return brokenRequest
      throw error
    }
  }
}

/** `/ping` of a server for many models, none of which has to be there: 200 once the server listens. */
export const multiModelPing: Face = async ({ method }) =>
  method === 'GET' || method === 'HEAD' ? jsonResponse(200, '') : notAllowed('GET')

async function answerAll(
  options: ModelsFaceOptions,
  request: FaceRequest,
  { collection, query }: { readonly collection: string; readonly query: string },
): Promise<FaceResponse> {
  if (request.method === 'GET') return list(options, query)
  if (request.method === 'DELETE') return brokenRequest
  if (request.method !== 'POST') return notAllowed('GET, POST, DELETE')
  if (collection === 'models') return load(options, request.body)
  return said(400, 'error', 'Invocation request does not contain model name.')
}

async function answerOne(
  options: ModelsFaceOptions,
  request: FaceRequest,
  name: string,
): Promise<FaceResponse> {
  const { models, rules } = options
  if (!isModelName(name, rules.level)) return badName(name)
  switch (request.method) {
    case 'GET':
      return describe(options, name)
    case 'DELETE':
      return (await models.unload(name))
        ? said(200, 'success', `Successfully unloaded model ${name}.`)
        : said(404, 'error', `Model ${name} is not loaded yet`)
    case 'POST': {
      const model = models.get(name)
      if (!model) return said(404, 'error', `Model ${name} is not loaded yet.`)
      return options.invoke(model, request)
    }
    default:
      return notAllowed('GET, POST, DELETE')
  }
}

async function load({ models, rules }: ModelsFaceOptions, body: Uint8Array): Promise<FaceResponse> {
  const { name, url } = readLoadRequest(body)
  if (!isModelName(name, rules.level)) return badName(name)
  if (url === undefined) return brokenRequest
  const { ports } = await models.load(name, url)
  return said(
    200,
    'success',
    `Successfully loaded model ${name}, listening on rest port ${ports.rest} and grpc port ${ports.grpc}.`,
  )
}

class BadLoadRequest extends Error {}

/** `{"model_name": "…", "url": "/opt/ml/models/…/model"}`. */
function readLoadRequest(body: Uint8Array): { readonly name: string; readonly url: string | undefined } {
  let request: unknown
  try {
    request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new BadLoadRequest('no JSON', { cause })
  }
  if (typeof request !== 'object' || request === null) throw new BadLoadRequest('no object')
  const { model_name: name, url } = request as { readonly model_name?: unknown; readonly url?: unknown }
  if (typeof name !== 'string') throw new BadLoadRequest('no model_name')
  return { name, url: typeof url === 'string' ? url : undefined }
}

function list({ models, service }: ModelsFaceOptions, query: string): FaceResponse {
  const parameters = new URLSearchParams(query)
  if (wantsPage(parameters)) {
    const page = modelPage([...models.all()], parameters)
    return page === undefined ? said(400, 'error', 'Invalid paging parameters') : json(200, page)
  }
  const states: Record<string, unknown> = Object.create(null)
  for (const { name } of models.all()) states[name] = statesJson(service.states(name))
  return json(200, states)
}

function describe({ models, service, rules }: ModelsFaceOptions, name: string): FaceResponse {
  if (models.get(name)) return json(200, { model: statesJson(service.states(name)) })
  // Level 2.19 forgets a word.
  const not = rules.level === '2.19' ? '' : 'not '
  return said(404, 'error', `Model ${name} is ${not}loaded yet.`)
}

/** The container says some of these as plain text, typed as JSON. */
function refused({ status, message }: LoadRefusal, { isStrict }: ContainerRules): FaceResponse {
  const isPlain = isStrict && (status === 408 || message.startsWith('Memory exhausted: not enough'))
  return isPlain ? jsonResponse(status, message) : said(status, 'error', message)
}

const badName = (name: string): FaceResponse => said(400, 'error', `invalid model_name: ${quotedName(name)}`)

/** Blanks as Python's json prints them. */
const said = (status: number, key: 'error' | 'success', text: string): FaceResponse =>
  jsonResponse(status, `{"${key}": ${JSON.stringify(text)}}`)

const json = (status: number, value: unknown): FaceResponse => jsonResponse(status, JSON.stringify(value))

const notFound = jsonResponse(404, '{"title": "404 Not Found"}')
const brokenRequest = jsonResponse(500, '{"title": "500 Internal Server Error"}')

function notAllowed(allowed: string): FaceResponse {
  const answer = jsonResponse(405, '{"title": "405 Method Not Allowed"}')
  return { ...answer, headers: { ...answer.headers, allow: allowed } }
}
