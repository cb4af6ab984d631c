/** The events that are shown: what was read, and what was heard since; the higher version counts. */
import { computed, ref, shallowRef } from 'vue'

import { announce } from '@/shared/announce'
import { t } from '@/shared/i18n'

import type { EventDocument } from './event'

/** How long what is new is outlined. */
const OUTLINED_MS = 2000
/** What happens within so long is told in one sentence. */
const TOLD_TOGETHER_MS = 800

export function eventList() {
  const known = shallowRef(new Map<string, EventDocument>())
  /** Shown in place of what is known, until the server has answered. */
  const hoped = shallowRef(new Map<string, EventDocument>())
  const changed = ref(new Set<string>())
  /** The oldest that was read; '' where there is nothing older. */
  const bottom = ref('')
  let heardSince = new Set<string>()
  let untold = new Set<string>()

  // Ids grow with the time of creation: the newest first, and none ever changes its place.
  const shown = computed(() =>
    [...known.value.values()]
      .toSorted((one, other) => (one.id < other.id ? 1 : -1))
      .map((event) => hoped.value.get(event.id) ?? event),
  )

  /** Take in what is not older than what is known. Returns what of it is new. */
  function take(events: readonly EventDocument[]): string[] {
    const next = new Map(known.value)
    const news = events.filter(({ id, version }) => version > (next.get(id)?.version ?? 0))
    for (const event of news) next.set(event.id, event)
    if (news.length) known.value = next
    return news.map(({ id }) => id)
  }

  function outline(ids: readonly string[]): void {
    if (!ids.length) return
    changed.value = new Set([...changed.value, ...ids])
    setTimeout(() => {
      changed.value = new Set([...changed.value].filter((id) => !ids.includes(id)))
    }, OUTLINED_MS)
  }

  /** Say how many events others changed, once for all that change together. */
  function tell(ids: readonly string[]): void {
    const isFirst = untold.size === 0
    for (const id of ids) untold.add(id)
    if (isFirst && untold.size) setTimeout(say, TOLD_TOGETHER_MS)
  }

  function say(): void {
    announce(t('events.updates', { n: untold.size }))
    untold = new Set()
  }

  return {
    shown,
    changed,
    bottom,
    hasMore: computed(() => bottom.value !== ''),

    /** Before a whole read: what is heard from here on is not undone by its answer. */
    beginRead: () => (heardSince = new Set()),

    /** The newest events, all that are shown: what is not among them goes, unless in use. */
    replace(events: readonly EventDocument[], oldest: string): void {
      const isFirst = known.value.size === 0
      const told = new Set(events.map(({ id }) => id))
      const inUse = focused()
      bottom.value = oldest
      known.value = new Map(
        [...known.value].filter(
          ([id]) => told.has(id) || heardSince.has(id) || id < oldest || id === inUse,
        ),
      )
      const news = take(events)
      if (isFirst) return
      outline(news)
      tell(news)
    },

    append(events: readonly EventDocument[], oldest: string): void {
      bottom.value = oldest
      take(events)
    },

    /** Told by the stream. `wanted`: belongs among what is shown. */
    hear(event: EventDocument, wanted: boolean): void {
      heardSince.add(event.id)
      if (!known.value.has(event.id) && !(wanted && event.id > bottom.value)) return
      const news = take([event])
      outline(news)
      if (!hoped.value.has(event.id)) tell(news)
    },

    /** The answer to what was done here: shown, and not told as news. */
    own(event: EventDocument): void {
      heardSince.add(event.id)
      outline(take([event]))
    },

    hope(event: EventDocument): void {
      hoped.value = new Map(hoped.value).set(event.id, event)
    },

    /** The server has answered: what is so is shown again. */
    endHope(id: string): void {
      hoped.value = new Map([...hoped.value].filter(([other]) => other !== id))
    },

    clear(): void {
      known.value = new Map()
      bottom.value = ''
    },
  }
}

/** The id of the event in whose row the focus is. */
function focused(): string | undefined {
  return document.activeElement?.closest('tr')?.id.replace('event-', '')
}
