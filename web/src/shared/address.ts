/**
 * The address of the page, as a value to watch, and the one way to change it.
 *
 * What an address leads to is fetched first; until it is there, page and address stay as they are.
 */
import { nextTick, shallowRef, type ShallowRef } from 'vue'

export interface Address {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** With its `#`; empty where there is none. */
  readonly hash: string
}

/** Fetches what is to be seen at a path; what it resolves to puts that on the screen. */
export type Opener = (path: string) => Promise<() => void>

/** The entries of the tab's history are numbered: so much of the way back is known. */
interface State {
  entry?: number
}

const shown = shallowRef(addressOf(new URL(location.href)))
export const address: Readonly<ShallowRef<Address>> = shown

const scrolled = new Map<number, number>()
let open: Opener = () => Promise.resolve(() => undefined)
let failed: (href: string) => unknown = () => undefined
let entry = 0
let turns = 0

/** Show what the address leads to, and follow it from now on. Rejects where that does not come. */
export async function begin(opener: Opener, onFailure: (href: string) => unknown): Promise<void> {
  open = opener
  failed = onFailure
  entry = entryOf(history.state) ?? 0
  history.replaceState({ entry }, '')
  // Ours, as what is to be scrolled comes later than the browser expects; not over a reload.
  window.addEventListener('pageshow', () => (history.scrollRestoration = 'manual'))
  window.addEventListener('pagehide', () => (history.scrollRestoration = 'auto'))
  window.addEventListener('popstate', ({ state }) => void wentTo(entryOf(state)))
  const show = await open(shown.value.path)
  show()
}

/** Go to a path of the page, with query and fragment; `replacing` leaves no way back to this one. */
export async function go(to: string, { replacing = false } = {}): Promise<void> {
  const url = new URL(to, location.origin)
  const enter = (show?: () => void) => {
    scrolled.set(entry, window.scrollY)
    if (replacing || url.href === location.href) history.replaceState({ entry }, '', url)
    else history.pushState({ entry: (entry += 1) }, '', url)
    shown.value = addressOf(url)
    show?.()
  }
  if (url.pathname === shown.value.path) return enter()
  const show = await opened(url, () => failed(url.href))
  if (show) {
    enter(show)
    await scrollTo(0)
  }
}

/** This path with a changed query, without a fragment; `undefined` takes a parameter out. */
export function withQuery(change: Record<string, string | undefined>): string {
  const { path, query } = shown.value
  const wanted = Object.entries({ ...query, ...change }).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(wanted as [string, string][]).toString()
  return text ? `${path}?${text}` : path
}

/** The browser has gone to another entry: back, forward, or to a fragment somebody typed. */
async function wentTo(known: number | undefined): Promise<void> {
  const url = new URL(location.href)
  const to = known ?? entry + 1
  if (known === undefined) history.replaceState({ entry: to }, '')
  const isHere = url.pathname === shown.value.path
  const show = isHere
    ? () => undefined
    : await opened(url, () => {
        history.go(entry - to)
        failed(url.href)
      })
  if (!show) return
  scrolled.set(entry, window.scrollY)
  entry = to
  shown.value = addressOf(url)
  show()
  await scrollTo(scrolled.get(to) ?? 0)
}

/** What shows the page at an address; nothing where it failed or something else is wanted by now. */
async function opened(url: URL, onFailure: () => void): Promise<(() => void) | undefined> {
  const turn = (turns += 1)
  try {
    const show = await open(url.pathname)
    return turn === turns ? show : undefined
  } catch {
    if (turn === turns) onFailure()
    return undefined
  }
}

async function scrollTo(top: number): Promise<void> {
  await nextTick()
  window.scrollTo({ top, behavior: 'instant' })
}

function entryOf(state: unknown): number | undefined {
  return (state as State | null)?.entry
}

function addressOf(url: URL): Address {
  return {
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    hash: url.hash,
  }
}
