import { STATUS_CODES } from 'node:http'
import { type FaceResponse, jsonResponse } from './http.ts'

/**
 * `{"title": "400 Bad Request", "description": "…"}`: how the container's Python service writes errors that are not
 * its own. Source: falcon 3, HTTPError.to_json.
 */
export function falconError(status: number, description?: string, title = titleOf(status)): FaceResponse {
  const more = description === undefined ? '' : `, "description": ${JSON.stringify(description)}`
  const answer = jsonResponse(status, `{"title": ${JSON.stringify(title)}${more}}`)
  return { ...answer, headers: { ...answer.headers, vary: 'Accept' } }
}

const titleOf = (status: number): string => `${status} ${STATUS_CODES[status] ?? 'Unknown'}`
