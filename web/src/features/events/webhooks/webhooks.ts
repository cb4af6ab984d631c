/** Webhook endpoints and their deliveries, read and changed as the instance's admin. */
import { answerOf, eventApi } from '@/api/client'
import type { components } from '@/api/gen/event-lifecycle'

import { asAdmin } from '../adminToken'
import { newKey } from '../idempotency'

type Schemas = components['schemas']
export type Endpoint = Schemas['Endpoint']
export type EndpointBody = Schemas['EndpointBody']
export type EventType = EndpointBody['types'][number]
export type Stats = Schemas['EndpointStats']
export type Delivery = Schemas['Delivery']
export type DeliveryState = Delivery['state']
export type Attempt = Schemas['DeliveryAttempt']

/** What an endpoint can hear of; `endpoint.test` comes whatever was chosen. */
export const TYPES: EventType[] = [
  'event.created',
  'event.updated',
  'event.rescheduled',
  'event.completed',
  'event.cancelled',
  'poll.opened',
  'poll.closed',
  'poll.finalised',
  'poll.regret',
  'endpoint.disabled',
]

const ENDPOINTS = '/api/v1/webhooks/endpoints'
const ENDPOINT = `${ENDPOINTS}/{endpoint_id}` as const
const DELIVERIES = '/api/v1/webhooks/deliveries'
const DELIVERY = `${DELIVERIES}/{delivery_id}` as const

const once = () => ({ 'Idempotency-Key': newKey() })
const of = (id: string) => ({ path: { endpoint_id: id }, header: once() })

export async function readEndpoints(): Promise<Endpoint[]> {
  const params = { query: { limit: 1000 } }
  return (await answerOf(eventApi.GET(ENDPOINTS, { params, headers: asAdmin.value }))).items
}

export function readStats(id: string): Promise<Stats> {
  const params = { path: { endpoint_id: id } }
  return answerOf(eventApi.GET(`${ENDPOINT}/stats`, { params, headers: asAdmin.value }))
}

/** The new endpoint's secret, told this once. */
export async function addEndpoint(body: EndpointBody, key: string): Promise<string> {
  const params = { header: { 'Idempotency-Key': key } }
  return (await answerOf(eventApi.POST(ENDPOINTS, { params, body, headers: asAdmin.value }))).secret
}

/** The new secret, told this once. */
export async function rotateSecret(id: string): Promise<string> {
  const request = { params: of(id), headers: asAdmin.value }
  return (await answerOf(eventApi.POST(`${ENDPOINT}/secret/rotate`, request))).secret
}

export async function sendTest(id: string): Promise<void> {
  await answerOf(eventApi.POST(`${ENDPOINT}/test`, { params: of(id), headers: asAdmin.value }))
}

export async function setEnabled(id: string, enabled: boolean): Promise<void> {
  const path = enabled ? (`${ENDPOINT}/enable` as const) : (`${ENDPOINT}/disable` as const)
  await answerOf(eventApi.POST(path, { params: of(id), headers: asAdmin.value }))
}

export async function deleteEndpoint(id: string): Promise<void> {
  // Whatever its state is by now: it is to go.
  const params = { path: { endpoint_id: id }, header: { 'If-Match': '*' } }
  await answerOf(eventApi.DELETE(ENDPOINT, { params, headers: asAdmin.value }))
}

/** Send again what failed within so many hours, or all of it. Returns how many are sent. */
export async function recover(id: string, hours: number, all: boolean): Promise<number> {
  const since = new Date(Date.now() - hours * 3_600_000).toISOString()
  const body = { since, deliveries: all ? ('all' as const) : ('failed' as const) }
  const request = { params: of(id), body, headers: asAdmin.value }
  return (await answerOf(eventApi.POST(`${ENDPOINT}/recover`, request))).queued
}

export interface LogFilter {
  endpoint: string
  state: DeliveryState | ''
}

export function readDeliveries({ endpoint, state }: LogFilter, limit: number) {
  const query = { limit, ...(endpoint && { endpoint }), ...(state && { state }) }
  return answerOf(eventApi.GET(DELIVERIES, { params: { query }, headers: asAdmin.value }))
}

export async function readAttempts(id: number): Promise<Attempt[]> {
  const params = { path: { delivery_id: id } }
  const request = { params, headers: asAdmin.value }
  return (await answerOf(eventApi.GET(`${DELIVERY}/attempts`, request))).items
}

export async function retryDelivery(id: number): Promise<void> {
  const params = { path: { delivery_id: id }, header: once() }
  await answerOf(eventApi.POST(`${DELIVERY}/retry`, { params, headers: asAdmin.value }))
}
