import type { Face, FaceResponse } from './http.ts'

/**
 * Answers OPTIONS under /v1/, and lets pages of any origin read every answer where that is wanted.
 * Source: TensorFlow Serving, model_servers/http_server.cc.
 */
export function crossOriginFace(face: Face, isCorsEnabled: boolean): Face {
  const headers = isCorsEnabled ? corsHeaders : {}
  return async (request) => {
    const isOptions = request.method === 'OPTIONS' && /^\/v1\//i.test(request.target)
    const answer = isOptions ? optionsAnswer(request.header('origin')) : await face(request)
    return isCorsEnabled ? { ...answer, headers: { ...answer.headers, ...headers } } : answer
  }
}

const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET',
  'access-control-allow-headers': 'Content-Type',
}

function optionsAnswer(origin: string | undefined): FaceResponse {
  const isOrigin = origin !== undefined && /https?:\/\//.test(origin)
  return { status: isOrigin ? 200 : 400, headers: {}, body: new Uint8Array(0) }
}
