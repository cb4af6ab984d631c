/** The events this browser may see: read, kept fresh by the stream or the countdown, and changed. */
import { onScopeDispose, ref, watch } from 'vue'

import { answerOf, answered, eventApi } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import { t } from '@/shared/i18n'
import { openLive, type Live, type LiveMessage, type LiveState } from '@/shared/live/live'
import { useRefreshLoop } from '@/shared/live/useRefreshLoop'
import { toast } from '@/shared/toasts'

import { adminToken, asAdmin, forgetAdmin } from './adminToken'
import { wordsOf, type EventDocument, type Status } from './event'
import { eventList } from './eventList'
import { newKey } from './idempotency'
import { setClockBy } from './useSecond'

export type Filter = Status | 'all'

const PAGE = 50
const MOST = 1000

export function useEvents() {
  const list = eventList()
  const filter = ref<Filter>('all')
  const live = ref<LiveState>('connecting')
  const loaded = ref(false)
  const problem = ref<unknown>(null)
  const loadingMore = ref(false)
  let stream: Live | undefined

  async function read(limit: number, after?: string) {
    const status = filter.value === 'all' ? {} : { status: filter.value }
    const { data, response } = await answered(
      eventApi.GET('/api/v1/events', {
        params: { query: { ...status, limit, ...(after && { after }) } },
        headers: asAdmin.value,
      }),
    )
    setClockBy(response)
    return { events: data.items, oldest: data.next ?? '' }
  }

  async function refresh(): Promise<void> {
    const [asked, withToken] = [filter.value, adminToken.value]
    list.beginRead()
    try {
      const shown = Math.ceil(list.shown.value.length / PAGE) * PAGE
      const { events, oldest } = await read(Math.min(Math.max(shown, PAGE), MOST))
      problem.value = null
      if (filter.value !== asked) return
      list.replace(events, oldest)
      loaded.value = true
    } catch (failure) {
      problem.value = failure
      if (withToken && failure instanceof ApiProblem && failure.status === 401) forgetAdmin()
      throw failure
    }
  }

  const loop = useRefreshLoop({ refresh, live })

  /** What was on its way already may lack what has just been said. */
  async function refreshAfterThis(): Promise<void> {
    if (loop.refreshing.value) await loop.refreshNow()
    await loop.refreshNow()
  }

  async function showMore(): Promise<void> {
    const asked = filter.value
    loadingMore.value = true
    try {
      const { events, oldest } = await read(PAGE, list.bottom.value)
      if (filter.value === asked) list.append(events, oldest)
    } catch (failure) {
      toast(wordsOf(failure), 'bad')
    } finally {
      loadingMore.value = false
    }
  }

  function onMessage({ event, data }: LiveMessage): void {
    loop.toldByStream()
    if (event === 'ready' || event === 'reset') void refreshAfterThis()
    if (event !== 'event') return
    const told = JSON.parse(data) as EventDocument
    list.hear(told, filter.value === 'all' || filter.value === told.status)
  }

  function watchStream(): void {
    stream?.close()
    stream = openLive({
      url: '/api/v1/events/stream',
      headers: asAdmin.value,
      onMessage,
      onState: (state) => (live.value = state),
    })
    if (loop.paused.value) stream.pause()
  }

  /** Shown as done at once; back as it was, with the reason, if the server does not agree. */
  async function complete(event: EventDocument): Promise<void> {
    const completedAt = new Date().toISOString()
    list.hope({
      ...event,
      status: 'completed',
      completed_by: 'person',
      completed_at: completedAt,
    })
    try {
      const path = { event_id: event.id }
      const header = { 'Idempotency-Key': newKey() }
      const done = await answerOf(
        eventApi.POST('/api/v1/events/{event_id}/complete', {
          params: { path, header },
          headers: asAdmin.value,
        }),
      )
      list.own(done)
    } catch (failure) {
      toast(t('events.completeFailed', { title: event.title, why: wordsOf(failure) }), 'bad')
      if (failure instanceof ApiProblem && failure.status) void refreshAfterThis()
    } finally {
      list.endHope(event.id)
    }
  }

  watch(filter, () => {
    list.clear()
    loaded.value = false
    void refreshAfterThis()
  })
  watch(adminToken, () => {
    watchStream()
    void refreshAfterThis()
  })
  watch(loop.paused, (paused) => (paused ? stream?.pause() : stream?.resume()))
  onScopeDispose(() => stream?.close())
  watchStream()
  void loop.refreshNow()

  return { list, filter, live, loop, loaded, problem, loadingMore, showMore, complete }
}
