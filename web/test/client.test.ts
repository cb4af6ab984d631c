import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { answerOf, availabilityApi, bearer, eventApi, pollApi, rankingApi } from '@/api/client'

const POLL = '/api/v1/polls/{poll_id}'
const IMPORT = `${POLL}/participants/{participant_id}/schedule/import` as const
let sent: Request[] = []
let answers: Response[] = []

const last = () => sent.at(-1) as Request
const seen = () => last().headers.get('Commontime-Min-Sequence')
const json = (body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { headers })
const poll = (id: string) => ({ params: { path: { poll_id: id } } })

beforeEach(() => {
  sent = []
  answers = []
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(request)
    return answers.shift() ?? json({})
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('a call', () => {
  it('goes to the page’s own origin, with what the path names told as one part of it', async () => {
    await pollApi.GET(POLL, poll('a/b c'))
    expect(last().url).toBe(`${location.origin}/api/v1/polls/a%2Fb%20c`)
    expect(last().method).toBe('GET')
  })

  it('asks for what is said, and leaves out what is not', async () => {
    const query = { cell: 'PT30M', min_available: undefined, limit: 0, after: null, q: 'a&b=1' }
    await rankingApi.GET(`${POLL}/heatmap`, { params: { path: { poll_id: '1' }, query } })
    expect(new URL(last().url).search).toBe('?cell=PT30M&limit=0&q=a%26b%3D1')
  })

  it('shows its credential, and the headers the document asks for', async () => {
    const header = { 'Idempotency-Key': 'once' }
    const body = { title: 'Ужин' } as never
    await pollApi.POST('/api/v1/polls', { params: { header }, body, headers: bearer('ct_1') })
    expect(last().headers.get('Authorization')).toBe('Bearer ct_1')
    expect(last().headers.get('Idempotency-Key')).toBe('once')
    expect(last().headers.get('Content-Type')).toBe('application/json')
    expect(await last().json()).toEqual({ title: 'Ужин' })
  })

  it('says nothing of a content it does not have', async () => {
    await pollApi.DELETE(POLL, { ...poll('1'), headers: bearer(null) })
    expect(last().headers.get('Content-Type')).toBeNull()
    expect(last().headers.get('Authorization')).toBeNull()
    expect(last().body).toBeNull()
  })

  it('sends a calendar as it is', async () => {
    await availabilityApi.POST(IMPORT, {
      params: { path: { poll_id: '1', participant_id: '2' }, query: { timezone: 'UTC' } },
      headers: { 'Content-Type': 'text/calendar' },
      body: 'BEGIN:VCALENDAR',
    })
    expect(last().headers.get('Content-Type')).toBe('text/calendar')
    expect(await last().text()).toBe('BEGIN:VCALENDAR')
  })

  it('can be given up', async () => {
    const asking = new AbortController()
    await pollApi.GET(POLL, { ...poll('1'), signal: asking.signal })
    asking.abort()
    expect(last().signal.aborted).toBe(true)
  })
})

describe('an answer', () => {
  it('is the data, the text, or nothing', async () => {
    answers = [json({ id: '1' }), new Response('BEGIN'), new Response(null, { status: 204 })]
    expect(await answerOf(pollApi.GET(POLL, poll('1')))).toEqual({ id: '1' })
    const file = eventApi.GET(`${POLL}/event.ics`, { ...poll('1'), parseAs: 'text' })
    expect(await answerOf(file)).toBe('BEGIN')
    expect(await answerOf(pollApi.DELETE(POLL, poll('1')))).toBeFalsy()
  })

  it('is the problem that the server tells of, or what stands before it', async () => {
    const body = JSON.stringify({ code: 'gone', detail: 'Erased.' })
    answers = [
      new Response(body, { status: 410 }),
      new Response('<html>', { status: 502, statusText: 'Bad Gateway' }),
    ]
    const told = answerOf(pollApi.GET(POLL, poll('1')))
    await expect(told).rejects.toMatchObject({ status: 410, code: 'gone', message: 'Erased.' })
    const other = answerOf(pollApi.GET(POLL, poll('1')))
    await expect(other).rejects.toMatchObject({ status: 502, code: 'unexpected' })
  })

  it('to a write is known to the next read of the same poll', async () => {
    answers = [json({}, { 'Commontime-Sequence': 'polls=7' })]
    await pollApi.PATCH(POLL, { ...poll('mine'), body: {} as never })
    expect(seen()).toBeNull()
    await rankingApi.GET(`${POLL}/heatmap`, poll('mine'))
    expect(seen()).toBe('polls=7')
    await pollApi.GET(POLL, poll('another'))
    expect(seen()).toBeNull()
  })
})
