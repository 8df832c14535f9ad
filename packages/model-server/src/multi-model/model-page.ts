import type { LoadedModel } from './loaded-models.ts'

/** Without `limit`. */
const defaultLimit = 100

/** Whether the caller means the listing that AWS documents for multi-model containers, in pages. */
export const wantsPage = (parameters: URLSearchParams): boolean =>
  parameters.has('next_page_token') || parameters.has('limit')

export interface ModelPage {
  readonly models: readonly { readonly modelName: string; readonly modelUrl: string }[]
  readonly nextPageToken?: string
}

/**
 * `?limit=100&next_page_token=…` → `{"models": [{"modelName", "modelUrl"}], "nextPageToken"}`, by name. The token is
 * the last name told, so that pages stay in step while models come and go. Undefined for a limit that is no number.
 */
export function modelPage(
  models: readonly Pick<LoadedModel, 'name' | 'url'>[],
  parameters: URLSearchParams,
): ModelPage | undefined {
  const given = parameters.get('limit')
  const limit = given === null ? defaultLimit : Number(given)
  if (!Number.isSafeInteger(limit) || limit < 1) return undefined
  const after = parameters.get('next_page_token') ?? ''
  const sorted = models.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = sorted.slice(0, limit)
  const last = page.at(-1)
  return {
    models: page.map(({ name, url }) => ({ modelName: name, modelUrl: url })),
    ...(last && sorted.length > limit ? { nextPageToken: last.name } : {}),
  }
}
