/**
 * The HTTP API, typed by the four OpenAPI documents. Each call gives `{ data, error, response }`;
 * `answerOf` makes of it the data or an `ApiProblem`.
 */
import type { Client } from 'openapi-fetch'

import type { paths as AvailabilityPaths } from './gen/availability'
import type { paths as EventPaths } from './gen/event-lifecycle'
import type { paths as PollPaths } from './gen/poll-api'
import type { paths as RankingPaths } from './gen/recommender'
import { problemOf, problemWithoutAnswer } from './problems'
import { rememberSequence, sequenceToKnow } from './sequences'

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]

type CallParameters = Partial<Record<'path' | 'query' | 'header', Record<string, unknown>>>

/** What a call may be given, the types of the documents aside. */
interface Call extends Pick<RequestInit, 'signal' | 'keepalive'> {
  params?: CallParameters
  headers?: Record<string, string>
  /** Text and files are sent as they are, anything else as JSON. */
  body?: unknown
  parseAs?: 'text'
}

/** Calls of the page's own origin, typed by a document. */
function client<Paths extends object>() {
  const calls = METHODS.map((method) => [
    method,
    (path: string, options?: Call) => send(method, path, options),
  ])
  return Object.fromEntries(calls) as Pick<Client<Paths>, Method>
}

async function send(method: Method, path: string, options: Call = {}): Promise<Called<unknown>> {
  const { params = {}, headers, body, parseAs, ...rest } = options
  const url = addressOf(path, params)
  const isRaw = typeof body === 'string' || body instanceof Blob
  const content = isRaw ? body : JSON.stringify(body)
  const sequence = method === 'GET' && sequenceToKnow(url)
  const request = new Request(url, {
    ...rest,
    method,
    ...(content !== undefined && { body: content }),
    headers: {
      ...(content !== undefined && { 'Content-Type': 'application/json' }),
      ...(sequence && { 'Commontime-Min-Sequence': sequence }),
      ...headers,
      ...told(params.header),
    },
  })
  const response = await fetch(request)
  if (method !== 'GET') rememberSequence(url, response)
  const text = await response.text()
  if (!response.ok) return { error: jsonOr(text), response }
  return { data: parseAs || !text ? text : JSON.parse(text), response }
}

/** The path with its `{names}` filled in, and what is asked of it. */
function addressOf(path: string, { path: names = {}, query }: CallParameters): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(names[name])),
  )
  const asked = String(new URLSearchParams(told(query)))
  return location.origin + filled + (asked && `?${asked}`)
}

/** What is neither null nor undefined. */
function told(values: Record<string, unknown> = {}): Record<string, string> {
  const given = Object.entries(values).filter(([, value]) => (value ?? null) !== null)
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
}

/** What stands before a server may answer with a page of its own. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
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
