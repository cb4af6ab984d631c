/** Reading from the server for as long as something is shown, and knowing what has become old. */
import {
  computed,
  onScopeDispose,
  toValue,
  watch,
  type ComputedRef,
  type MaybeRefOrGetter,
} from 'vue'

import {
  ask,
  entriesThat,
  entryAt,
  hashOf,
  isOld,
  join,
  leave,
  put,
  readerOf,
  type Entry,
  type Key,
  type Query,
  type QueryFunction,
  type Reader,
} from './entries'

export type { Query }
export type Matching = (query: Query) => boolean

export interface QueryOptions<T> {
  queryKey: MaybeRefOrGetter<Key>
  /** `signal` says that nobody waits for the answer any more. */
  queryFn: QueryFunction<T>
  enabled?: MaybeRefOrGetter<boolean>
  /** Milliseconds for which an answer is not asked for again by itself; 5,000 unless said. */
  staleTime?: MaybeRefOrGetter<number>
  /** Milliseconds after which to ask again while the page is seen; false: not. */
  refetchInterval?: () => number | false
  /** Under a new key the answer to the one before is given until there is another. */
  keepPrevious?: boolean
}

export interface QueryResult<T> {
  data: ComputedRef<T | undefined>
  /** Why the last attempt failed; null while the first answer is awaited. */
  error: ComputedRef<Error | null>
  isFetching: ComputedRef<boolean>
  /** Never rejects: see `error`. */
  refetch: () => Promise<void>
}

/** Read what the key names while the scope lives, the key may change. */
export function useQuery<T>(options: QueryOptions<T>): QueryResult<T> {
  const { queryFn, enabled = true, staleTime = 5_000, refetchInterval, keepPrevious } = options
  const isEnabled = () => toValue(enabled)
  const reader: Reader = { queryFn, isEnabled, staleTime: () => toValue(staleTime) }
  const hash = computed(() => hashOf(toValue(options.queryKey)))
  const entry = computed(() => entryAt(hash.value))
  let joined: Entry | undefined
  let last: T | undefined

  watch(
    [entry, isEnabled],
    ([now, isWanted]) => {
      if (now !== joined) {
        if (joined) leave(joined, reader)
        join((joined = now), reader)
      }
      if (isWanted && isOld(now, reader)) void ask(now, reader)
    },
    { immediate: true },
  )
  onScopeDispose(() => joined && leave(joined, reader))
  if (refetchInterval) {
    every(refetchInterval, () => {
      if (isEnabled() && !document.hidden) void ask(entry.value, reader)
    })
  }

  return {
    data: computed(() => {
      const { data, error } = entry.value.state
      if (data !== undefined) last = data as T
      return keepPrevious && !error ? last : (data as T | undefined)
    }),
    error: computed(() => entry.value.state.error),
    isFetching: computed(() => entry.value.state.isFetching),
    refetch: () => ask(entry.value, reader, true),
  }
}

/** All that was read, for who knows what has changed. */
export const queryClient = {
  getQueryData: <T>(key: Key) => entryAt(hashOf(key)).state.data as T | undefined,

  getQueriesData: <T>(isMeant: Matching) =>
    entriesThat(isMeant).map(({ state }) => state.data as T | undefined),

  /** What was asked for before is older, and not awaited any more. */
  setQueryData: (key: Key, data: unknown) => put(entryAt(hashOf(key)), data),

  /** What matches is old, and what is shown of it is read anew. Never rejects. */
  async invalidateQueries(isMeant: Matching): Promise<void> {
    const old = entriesThat(isMeant)
    for (const entry of old) entry.readAt = -Infinity
    await Promise.all(old.map(askForReader))
  },

  /** What is shown is read anew. Rejects with the first failure. */
  async refetchQueries(isMeant: Matching): Promise<void> {
    const shown = entriesThat((entry) => readerOf(entry) !== undefined && isMeant(entry))
    await Promise.all(shown.map(askForReader))
    const failed = shown.find(({ state }) => state.error)
    if (failed) throw failed.state.error
  },
}

async function askForReader(entry: Entry): Promise<void> {
  const reader = readerOf(entry)
  if (reader) await ask(entry, reader, true)
}

function every(interval: () => number | false, act: () => void): void {
  watch(
    interval,
    (ms, _before, onCleanup) => {
      const timer = ms === false ? undefined : setInterval(act, ms)
      onCleanup(() => clearInterval(timer))
    },
    { immediate: true },
  )
}
