import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { openLive, type Live, type LiveMessage, type LiveState } from '@/shared/live/live'
import { sseReader } from '@/shared/live/sse'

/** A server of one stream at a time, whose every connection the test answers. */
function server() {
  const requests: { headers: Record<string, string>; signal: AbortSignal }[] = []
  const answers: (Response | Error)[] = []
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined
  const streaming = (signal: AbortSignal) =>
    new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          stream = controller
          signal.addEventListener('abort', () => controller.error(new Error('aborted')))
        },
      }),
    )
  return {
    requests,
    /** What the next connections get in place of a stream. */
    willAnswer: (...next: (Response | Error)[]) => answers.push(...next),
    fetch: vi.fn(async (_url: unknown, init?: RequestInit) => {
      const signal = init?.signal as AbortSignal
      requests.push({ headers: init?.headers as Record<string, string>, signal })
      const answer = answers.shift() ?? streaming(signal)
      if (answer instanceof Error) throw answer
      return answer
    }),
    async says(text: string) {
      stream?.enqueue(new TextEncoder().encode(text))
      await settle()
    },
    async ends() {
      stream?.close()
      await settle()
    },
  }
}

/** Let all that is promised happen, without time passing. */
const settle = () => vi.advanceTimersByTimeAsync(0)
const after = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

function hide(hidden: boolean) {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden)
  document.dispatchEvent(new Event('visibilitychange'))
}

const readPieces = (...pieces: string[]) => {
  const messages: LiveMessage[] = []
  const retries: number[] = []
  const ids: string[] = []
  const tell = sseReader({
    onMessage: (message) => messages.push(message),
    onRetry: (ms) => retries.push(ms),
    onId: (id) => ids.push(id),
  })
  pieces.forEach(tell)
  return { messages, retries, ids }
}

describe('the reader', () => {
  it('understands a message however it is cut into pieces, whatever ends its lines', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['event: told', 'data: one', 'data:two', 'id: 7', '', ''].join(end)
      for (let cut = 0; cut <= text.length; cut++) {
        const { messages } = readPieces(text.slice(0, cut), '', text.slice(cut))
        expect(messages).toEqual([{ event: 'told', data: 'one\ntwo', id: '7' }])
      }
    }
  })

  it('leaves out comments, and what has not ended', () => {
    expect(readPieces(': ping\n\ndata: half\n').messages).toEqual([])
  })

  it('notes an id that comes without data, and keeps it for the messages after it', () => {
    const { ids, messages } = readPieces(': ping\nid: 9\n\n', 'data: x\n\n')
    expect(ids).toEqual(['9', '9'])
    expect(messages).toEqual([{ event: 'message', data: 'x', id: '9' }])
  })

  it('takes a time to wait only if it is a number', () => {
    expect(readPieces('retry: 2919\nretry: soon\n\n').retries).toEqual([2919])
  })
})

describe('the stream', () => {
  let states: LiveState[]
  let messages: LiveMessage[]
  let refused: number[]
  let there: ReturnType<typeof server>
  let live: Live | undefined

  const state = () => states.at(-1)

  function open(random = 0.5) {
    live = openLive({
      url: '/stream',
      headers: { Authorization: 'Bearer secret' },
      onMessage: (message) => messages.push(message),
      onState: (next) => states.push(next),
      onRefused: (status) => refused.push(status),
      fetch: there.fetch,
      random: () => random,
    })
    return settle()
  }

  beforeEach(() => {
    vi.useFakeTimers()
    states = []
    messages = []
    refused = []
    there = server()
  })
  afterEach(() => {
    live?.close()
    vi.useRealTimers()
  })

  it('is live from the first thing said on, and shows its credential', async () => {
    await open()
    expect(states).toEqual(['connecting'])
    await there.says('event: ready\ndata: {}\nid: 1\n\n')
    expect(states).toEqual(['connecting', 'live'])
    expect(messages).toEqual([{ event: 'ready', data: '{}', id: '1' }])
    expect(there.requests[0]?.headers).toMatchObject({ Authorization: 'Bearer secret' })
    expect(there.requests[0]?.headers).not.toHaveProperty('Last-Event-ID')
  })

  it('comes again when the server said, and tells what it heard last', async () => {
    await open()
    await there.says('retry: 3000\n\n: ping\nid: 42\n\n')
    await there.ends()
    expect(state()).toBe('polling')
    await after(2.9)
    expect(there.requests).toHaveLength(1)
    await after(0.2)
    expect(there.requests[1]?.headers).toMatchObject({ 'Last-Event-ID': '42' })
  })

  it('takes 35 seconds of silence for the end', async () => {
    await open()
    await there.says(': ping\n\n')
    await after(34)
    await there.says(': ping\n\n')
    await after(34)
    expect(state()).toBe('live')
    await after(2)
    expect(state()).toBe('polling')
    expect(there.requests[0]?.signal.aborted).toBe(true)
    await after(1)
    expect(there.requests).toHaveLength(2)
  })

  it('waits ever longer while nobody is there, never more than 30 seconds', async () => {
    there.willAnswer(...Array.from({ length: 20 }, () => new Error('refused')))
    await open(1)
    const waits: number[] = []
    for (let connected = 1; connected < 9; connected++) {
      let waited = 0
      while (there.requests.length === connected) {
        await after(0.5)
        waited += 0.5
      }
      waits.push(waited)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
    expect(state()).toBe('polling')
  })

  it('spreads out those who come again', async () => {
    there.willAnswer(new Error('refused'), new Error('refused'), new Error('refused'))
    await open(0.1)
    await after(1)
    expect(there.requests).toHaveLength(2)
    await after(0.3)
    expect(there.requests).toHaveLength(3)
  })

  it('leaves an overloaded server alone for as long as it asks', async () => {
    there.willAnswer(new Response('', { status: 503, headers: { 'Retry-After': '20' } }))
    await open()
    await after(19)
    expect(there.requests).toHaveLength(1)
    await after(5)
    expect(there.requests).toHaveLength(2)
  })

  it.each([401, 403, 404])('asks no more after %i, and says so', async (status) => {
    there.willAnswer(new Response('', { status }))
    await open()
    expect(refused).toEqual([status])
    expect(state()).toBe('polling')
    await after(600)
    window.dispatchEvent(new Event('online'))
    await settle()
    expect(there.requests).toHaveLength(1)
  })

  it('ends while the page is hidden, and begins at once when it is seen again', async () => {
    await open()
    await there.says(': ping\nid: 5\n\n')
    hide(true)
    expect(there.requests[0]?.signal.aborted).toBe(true)
    await after(600)
    expect(there.requests).toHaveLength(1)
    hide(false)
    await settle()
    expect(there.requests[1]?.headers).toMatchObject({ 'Last-Event-ID': '5' })
  })

  it('does not begin in a hidden page', async () => {
    hide(true)
    await open()
    expect(there.requests).toHaveLength(0)
    hide(false)
    await settle()
    expect(there.requests).toHaveLength(1)
  })

  it('is offline without a network, and comes back with it', async () => {
    await open()
    await there.says(': ping\n\n')
    window.dispatchEvent(new Event('offline'))
    expect(state()).toBe('offline')
    expect(there.requests[0]?.signal.aborted).toBe(true)
    window.dispatchEvent(new Event('online'))
    await settle()
    await there.says(': ping\n\n')
    expect(state()).toBe('live')
  })

  it('says nothing while it is paused', async () => {
    await open()
    await there.says(': ping\nid: 3\n\n')
    live?.pause()
    await after(600)
    expect(there.requests).toHaveLength(1)
    live?.resume()
    await settle()
    expect(there.requests[1]?.headers).toMatchObject({ 'Last-Event-ID': '3' })
  })

  it('says nothing after it was closed', async () => {
    await open()
    live?.close()
    hide(false)
    window.dispatchEvent(new Event('online'))
    await after(600)
    expect(there.requests).toHaveLength(1)
  })
})
