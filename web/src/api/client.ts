/**
 * The HTTP API, typed by the four OpenAPI documents. Each call gives `{ data, error, response }`;
 * `answerOf` makes of it the data or an `ApiProblem`.
 */
import createClient, { type Middleware } from 'openapi-fetch'

import type { paths as AvailabilityPaths } from './gen/availability'
import type { paths as EventPaths } from './gen/event-lifecycle'
import type { paths as PollPaths } from './gen/poll-api'
import type { paths as RankingPaths } from './gen/recommender'
import { problemOf, problemWithoutAnswer } from './problems'
import { rememberSequence, sequenceToKnow } from './sequences'

const knowsOwnWrites: Middleware = {
  onRequest({ request }) {
    const sequence = request.method === 'GET' && sequenceToKnow(request.url)
    if (sequence) request.headers.set('Commontime-Min-Sequence', sequence)
    return request
  },
  onResponse({ request, response }) {
    if (request.method !== 'GET') rememberSequence(request.url, response)
    return response
  },
}

function client<Paths extends object>() {
  // The page's own origin; and `fetch` as it is when called, which tests replace.
  const made = createClient<Paths>({
    baseUrl: location.origin,
    fetch: (request) => fetch(request),
  })
  made.use(knowsOwnWrites)
  return made
}

export const pollApi = client<PollPaths>()
export const availabilityApi = client<AvailabilityPaths>()
export const rankingApi = client<RankingPaths>()
export const eventApi = client<EventPaths>()

interface Called<T> {
  data?: T
  error?: unknown
  response: Response
}

/** What a call answers, and the response it came with. Throws `ApiProblem`. */
export async function answered<T>(
  call: Promise<Called<T>>,
): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await call.catch((failure: unknown) => {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure
    throw problemWithoutAnswer()
  })
  if (!response.ok) throw problemOf(response, error)
  return { data: data as T, response }
}

/** What a call answers. Throws `ApiProblem`. */
export async function answerOf<T>(call: Promise<Called<T>>): Promise<T> {
  return (await answered(call)).data
}

/** The headers that show a credential; none for null. */
export function bearer(token: string | null | undefined): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {}
}
