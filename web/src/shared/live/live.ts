/** What the server tells by itself: Server-Sent Events by `fetch`, which can show a credential. */
import { sseReader, type LiveMessage } from './sse'

export type { LiveMessage } from './sse'

/**
 * `connecting` at first; `live` while the stream brings something at least every 35 seconds;
 * `polling` while there is none and the page asks again and again; `offline` without a network.
 */
export type LiveState = 'connecting' | 'live' | 'polling' | 'offline'

export interface Live {
  close: () => void
  /** Say nothing more until `resume`, which then tells what was missed. */
  pause: () => void
  resume: () => void
}

export interface LiveOptions {
  url: string
  headers?: Record<string, string>
  onMessage: (message: LiveMessage) => void
  onState: (state: LiveState) => void
  /** The stream is not for this credential (401, 403) or not there (404): it is not asked again. */
  onRefused?: (status: number) => void
  /** Replaced in tests. */
  fetch?: typeof fetch
  random?: () => number
}

/** The server pings every 15 seconds: after two of them missing nobody is there. */
const SILENCE_MS = 35_000
const LONGEST_WAIT_MS = 30_000

/** Watch a stream until `close`; not while the page is hidden. Comes again by itself. */
export function openLive(options: LiveOptions): Live {
  const { url, headers, onMessage, onState, onRefused } = options
  const random = options.random ?? Math.random
  let connection: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let state: LiveState | undefined
  let paused = false
  let over = false
  let failures = 0
  let retryMs = 1000
  let lastId = ''

  function become(next: LiveState): void {
    if (state !== next) onState((state = next))
  }

  /** Let go of what is open or waited for. */
  function drop(): void {
    clearTimeout(timer)
    connection?.abort()
    connection = undefined
  }

  function connect(): void {
    drop()
    if (over || paused || document.hidden) return
    if (state === undefined) become('connecting')
    void read((connection = new AbortController()))
  }

  async function read(mine: AbortController): Promise<void> {
    let leastWaitMs = 0
    try {
      const response = await (options.fetch ?? fetch)(url, {
        headers: {
          Accept: 'text/event-stream',
          ...headers,
          ...(lastId && { 'Last-Event-ID': lastId }),
        },
        cache: 'no-store',
        signal: mine.signal,
      })
      if (mine !== connection) return
      if ([401, 403, 404].includes(response.status)) return refused(response.status)
      leastWaitMs = 1000 * (Number(response.headers.get('Retry-After')) || 0)
      if (response.ok && response.body) await hear(response.body, mine)
    } catch {
      // Gone, never there, or let go of by ourselves: the same way on.
    }
    if (mine === connection) comeAgain(leastWaitMs)
  }

  /** Until the stream ends. Throws when it breaks. */
  async function hear(body: ReadableStream<Uint8Array>, mine: AbortController): Promise<void> {
    const decoder = new TextDecoder()
    const reader = body.getReader()
    const tell = sseReader({
      onMessage,
      onRetry: (ms) => (retryMs = Math.min(ms, LONGEST_WAIT_MS)),
      onId: (id) => (lastId = id),
    })
    silence(mine)
    for (;;) {
      const { done, value } = await reader.read()
      if (done || mine !== connection) return
      silence(mine)
      failures = 0
      become('live')
      tell(decoder.decode(value, { stream: true }))
    }
  }

  /** From now on this connection has 35 seconds to say something. */
  function silence(mine: AbortController): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      mine.abort()
      comeAgain(0)
    }, SILENCE_MS)
  }

  /** After a stream that was well in what the server asked for, else at random, ever later. */
  function comeAgain(leastWaitMs: number): void {
    drop()
    become(navigator.onLine ? 'polling' : 'offline')
    const latest = Math.min(retryMs * 2 ** failures, LONGEST_WAIT_MS)
    const wait = failures++ ? Math.max(250, random() * latest) : retryMs
    timer = setTimeout(connect, Math.max(wait, leastWaitMs * (1 + random() / 4)))
  }

  function refused(status: number): void {
    close()
    become('polling')
    onRefused?.(status)
  }

  function offline(): void {
    drop()
    become('offline')
    // Browsers err: try all the same, seldom.
    timer = setTimeout(connect, LONGEST_WAIT_MS)
  }

  function seenAgain(): void {
    if (document.hidden) drop()
    else connect()
  }

  const heard = [
    [window, 'online', connect],
    [window, 'offline', offline],
    [document, 'visibilitychange', seenAgain],
  ] as const

  function close(): void {
    over = true
    drop()
    for (const [target, name, listener] of heard) target.removeEventListener(name, listener)
  }

  for (const [target, name, listener] of heard) target.addEventListener(name, listener)
  connect()
  return {
    close,
    pause() {
      paused = true
      drop()
    },
    resume() {
      paused = false
      connect()
    },
  }
}
