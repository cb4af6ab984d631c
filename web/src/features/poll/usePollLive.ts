/** Keeps the page as the poll is: told by the stream, else by asking again and again. */
import { computed, onScopeDispose, ref, watch } from 'vue'

import { bearer } from '@/api/client'
import { queryClient, type Query } from '@/api/queries'
import { visited } from '@/api/visited'
import { openLive, type Live, type LiveMessage } from '@/shared/live/live'
import { useRefreshLoop, type RefreshLoop } from '@/shared/live/useRefreshLoop'

import type { PollContext } from './context'

/** At most so often, however fast the messages come. */
const EVERY_MS = 150

/** What a message may make old. */
type News = 'poll' | 'participants' | 'recommendations'

/** For who has read the poll: there has to be something that could change. */
export function usePollLive(context: PollContext): RefreshLoop {
  const { id } = context
  const isOurs = ({ queryKey }: Query) => queryKey[1] === id
  const loop = useRefreshLoop({
    refresh: () => queryClient.refetchQueries(isOurs),
    live: context.live,
  })
  const soon = atMostEvery(EVERY_MS, (news: Set<News>) => {
    void queryClient.invalidateQueries((query) => isOurs(query) && concerns(news, query))
  })
  const refused = ref<string[]>([])
  let stream: Live | undefined

  function onMessage({ event, data }: LiveMessage): void {
    loop.toldByStream()
    if (isNews(event) && !isKnown(event, JSON.parse(data))) soon.add(event)
  }

  /** What came first repeats what the page has just read. */
  function isKnown(event: News, told: Record<string, unknown>): boolean {
    if (event === 'poll') {
      const { version, state } = context.poll.value
      return told['version'] === version && told['state'] === state
    }
    if (event === 'participants') {
      return told['total'] === context.total.value && told['answered'] === context.answered.value
    }
    const asOf = JSON.stringify(told['as_of'])
    const readings = queryClient.getQueriesData<{ as_of?: unknown }>(
      (query) => isOurs(query) && kindOf(query) === 'recommendations',
    )
    return readings.length > 0 && readings.every((data) => JSON.stringify(data?.as_of) === asOf)
  }

  // Not the one that joining brings, if there is another: the stream need not break for that.
  const token = computed(() => {
    const { organiser, answer, edit } = visited(id) ?? {}
    return [organiser, answer, edit].find((held) => held && !refused.value.includes(held))
  })

  function open(credential: string | undefined): void {
    stream?.close()
    stream = openLive({
      url: `/api/v1/polls/${id}/stream`,
      headers: bearer(credential),
      onMessage,
      onState: (state) => (context.live.value = state),
      onRefused() {
        if (credential) refused.value = [...refused.value, credential]
        void queryClient.invalidateQueries((query) => isOurs(query) && kindOf(query) === 'poll')
      },
    })
    if (loop.paused.value) stream.pause()
  }

  watch(token, open, { immediate: true })
  watch(loop.paused, (paused) => (paused ? stream?.pause() : stream?.resume()))
  onScopeDispose(() => {
    stream?.close()
    soon.stop()
  })
  return loop
}

function isNews(event: string): event is News {
  return ['poll', 'participants', 'recommendations'].includes(event)
}

/** A poll that has changed may show more or less of everything. */
function concerns(news: Set<News>, query: Query): boolean {
  if (news.has('poll')) return true
  const kind = kindOf(query)
  if (kind === 'participants') return news.has('participants')
  return kind !== 'poll' && news.has('recommendations')
}

/** Of `['participants', id]` the first, of `['poll', id, 'heatmap', …]` the third: what it reads. */
function kindOf({ queryKey }: Query): unknown {
  return queryKey[0] === 'poll' ? (queryKey[2] ?? 'poll') : queryKey[0]
}

/** Collects what is added and hands it on: the first at once, then at most every `ms`. */
function atMostEvery<T>(ms: number, handOn: (collected: Set<T>) => void) {
  let collected = new Set<T>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    timer = undefined
    if (collected.size === 0) return
    const all = collected
    collected = new Set()
    timer = setTimeout(flush, ms)
    handOn(all)
  }

  return {
    add(one: T) {
      // Not before the whole of what came along has been read.
      if (collected.size === 0 && timer === undefined) queueMicrotask(flush)
      collected.add(one)
    },
    stop: () => clearTimeout(timer),
  }
}
