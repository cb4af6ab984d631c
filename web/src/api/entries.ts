/**
 * What has been read from the server: one entry for each key, shared by all who show it. Who shows
 * it is its reader, and says how it is asked for; without readers nothing is asked.
 */
import { shallowReactive, toValue } from 'vue'

import { insistently } from './insistently'

/** Of what JSON can tell; refs and getters in it are followed. */
export type Key = readonly unknown[]

export interface Query {
  readonly queryKey: Key
}

export type QueryFunction<T> = (context: { signal: AbortSignal }) => Promise<T>

export interface Reader {
  queryFn: QueryFunction<unknown>
  isEnabled: () => boolean
  /** Milliseconds for which an answer is not old. */
  staleTime: () => number
}

export interface Entry extends Query {
  readonly hash: string
  readonly state: { data: unknown; error: Error | null; isFetching: boolean }
  readonly readers: Set<Reader>
  /** Epoch milliseconds; -Infinity where it is known to be old. */
  readAt: number
  asking?: AbortController | undefined
  answered?: Promise<void>
  forgetting?: ReturnType<typeof setTimeout>
}

/** How long an answer nobody looks at is kept. */
const KEPT_MS = 300_000
const entries = new Map<string, Entry>()

export function hashOf(key: Key): string {
  return JSON.stringify(key.map((part) => toValue(part)))
}

export function entryAt(hash: string): Entry {
  const known = entries.get(hash)
  if (known) return known
  const entry: Entry = {
    hash,
    queryKey: JSON.parse(hash) as Key,
    state: shallowReactive({ data: undefined, error: null, isFetching: false }),
    readers: new Set(),
    readAt: -Infinity,
  }
  entries.set(hash, entry)
  return entry
}

export function entriesThat(match: (entry: Entry) => boolean): Entry[] {
  return [...entries.values()].filter(match)
}

export function join(entry: Entry, reader: Reader): void {
  clearTimeout(entry.forgetting)
  entry.readers.add(reader)
}

export function leave(entry: Entry, reader: Reader): void {
  entry.readers.delete(reader)
  if (entry.readers.size > 0) return
  stop(entry)
  entry.forgetting = setTimeout(() => entries.delete(entry.hash), KEPT_MS)
}

export function readerOf({ readers }: Entry): Reader | undefined {
  return [...readers].find(({ isEnabled }) => isEnabled())
}

export function isOld({ state, readAt }: Entry, { staleTime }: Reader): boolean {
  return state.data === undefined || Date.now() - readAt >= staleTime()
}

/**
 * Ask for what `entry` is to hold, unless that is on its way already. `anew`: not if what is on its
 * way may be older than what makes one ask. Never rejects.
 */
export function ask(entry: Entry, { queryFn }: Reader, anew = false): Promise<void> {
  const { state } = entry
  if (entry.asking && entry.answered && !(anew && state.data !== undefined)) return entry.answered
  stop(entry)
  const asking = new AbortController()
  const { signal } = asking
  entry.asking = asking
  state.isFetching = true
  if (state.data === undefined) state.error = null
  return (entry.answered = insistently(() => queryFn({ signal }), signal).then(
    (data) => void (signal.aborted || put(entry, data)),
    (problem: Error) => {
      if (signal.aborted) return
      stop(entry)
      state.error = problem
    },
  ))
}

export function put(entry: Entry, data: unknown): void {
  const { state } = entry
  stop(entry)
  // What is the same as before stays the very same, so that nothing is drawn again.
  if (!isSame(state.data, data)) state.data = data
  state.error = null
  entry.readAt = Date.now()
}

export function stop(entry: Entry): void {
  entry.asking?.abort()
  entry.asking = undefined
  entry.state.isFetching = false
}

/** Of JSON. Long rows of numbers are not compared: telling takes longer than drawing. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  if (ArrayBuffer.isView(one)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => name in other && isSame(one[name], other[name]))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** What got old unseen, or failed for want of a network, is read anew for who comes back. */
function refresh(): void {
  if (document.hidden) return
  for (const entry of entries.values()) {
    const reader = readerOf(entry)
    if (reader && isOld(entry, reader)) void ask(entry, reader)
  }
}
document.addEventListener('visibilitychange', refresh)
window.addEventListener('online', refresh)
