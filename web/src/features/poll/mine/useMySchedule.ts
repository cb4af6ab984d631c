/** My times as they are painted, and how they come to the server by themselves. */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue'

import { ApiProblem, problemWithoutAnswer } from '@/api/problems'
import { queryClient, useQuery } from '@/api/queries'
import type { Interval } from '@/shared/bits/levels'

import type { Me, PollContext } from '../context'
import { isDirty, NOTHING, step, wouldLose, type Happening, type Saving } from './autosave'
import { drafts, NOBODY } from './draft'
import { readSchedule, withdrawSchedule, writeSchedule, type Stored } from './scheduleApi'
import { usePainting } from './usePainting'
import { whenLeaving } from './whenLeaving'

type Painting = ReturnType<typeof usePainting>

export interface MySchedule extends Omit<Painting, 'intervals' | 'isSame' | 'show'> {
  loading: ComputedRef<boolean>
  /** Why my times could not be read; null where they could. */
  failed: ComputedRef<Error | null>
  saving: Ref<Saving>
  /** What somebody else, or I elsewhere, saved in the meantime. */
  conflict: Ref<Stored | null>
  keepMine: () => void
  takeTheirs: () => void
  retryNow: () => void
  /** Be somebody without an answer again. Throws `ApiProblem`. */
  withdraw: () => Promise<void>
  reload: () => Promise<unknown>
}

export function useMySchedule(context: PollContext): MySchedule {
  const { id, me, board } = context
  // A gesture is kept here at once, and on the server soon.
  const painting = usePainting(board, () => {
    happens({ type: 'painted' })
    keepDraft()
  })
  const saving = shallowRef<Saving>(NOTHING)
  const conflict = shallowRef<Stored | null>(null)
  /** The ETag of what was painted upon, and what was sent last without being answered yet. */
  let base: string | null = null
  let onItsWay: Interval[] | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const person = computed(() => me.value?.participantId ?? NOBODY)
  const keyOf = (whose: string) => ['my-schedule', id, whose]
  const query = useQuery({
    queryKey: computed(() => keyOf(person.value)),
    queryFn: ({ signal }) => readSchedule(id, me.value as Me, signal),
    enabled: () => me.value !== undefined,
    staleTime: () => (context.live.value === 'live' ? Infinity : 5_000),
  })

  function happens(what: Happening): void {
    const [next, send] = step(saving.value, what, Date.now())
    saving.value = next
    clearTimeout(timer)
    if (next.dueAt !== Infinity) {
      timer = setTimeout(() => happens({ type: 'due' }), Math.max(0, next.dueAt - Date.now()))
    }
    if (send) void save()
  }

  function keepDraft(): void {
    drafts.keep(id, person.value, { intervals: painting.intervals(), base, sent: onItsWay })
  }

  async function save(): Promise<void> {
    const whose = me.value as Me
    try {
      // What was painted before anything was read must not replace what nobody has seen.
      if (base === null && !settle(await readSchedule(id, whose))) return
      onItsWay = painting.intervals()
      keepDraft()
      const stored = await writeSchedule(id, whose, onItsWay, base)
      if (whose.participantId === person.value) isStored(stored)
    } catch (problem) {
      if (whose.participantId === person.value) await failed(problem, whose)
    }
  }

  function isStored(stored: Stored): void {
    const key = keyOf(person.value)
    base = stored.etag
    onItsWay = null
    queryClient.setQueryData(key, stored)
    happens({ type: 'saved' })
    if (isDirty(saving.value)) keepDraft()
    else drafts.drop(id, person.value)
    // Else the stream says so.
    if (context.live.value !== 'live') void context.refresh()
  }

  async function failed(problem: unknown, whose: Me): Promise<void> {
    const told = problem instanceof ApiProblem ? problem : problemWithoutAnswer()
    try {
      // An answer that got lost looks like somebody else's change: then it is as good as saved.
      if (told.status !== 412) happens({ type: 'failed', problem: told })
      else if (settle(await readSchedule(id, whose))) happens({ type: 'keepMine' })
    } catch (another) {
      happens({ type: 'failed', problem: another as ApiProblem })
    }
    if (saving.value.phase !== 'refused') return
    // The link was replaced, or the poll has changed: it is time to know.
    if (told.status === 404) context.foundDead(whose.edit)
    void context.refresh()
  }

  /**
   * What the server has, while something is painted that it may not have. True: it can be saved
   * over that. False: there is nothing left to save, or somebody has to decide.
   */
  function settle(theirs: Stored): boolean {
    if (painting.isSame(theirs.intervals, painting.intervals())) {
      isStored(theirs)
      return false
    }
    const isKnown = base === null ? theirs.intervals.length === 0 : base === theirs.etag
    const isOurs = onItsWay !== null && painting.isSame(theirs.intervals, onItsWay)
    if (isKnown || isOurs) {
      base = theirs.etag
      return true
    }
    conflict.value = theirs
    happens({ type: 'conflict' })
    return false
  }

  /** Begin as who I am now: with my draft, if there is one, else with what the server has. */
  function begin(now: string): void {
    const draft = drafts.read(id, now)
    const kept = draft?.intervals ?? []
    base = draft?.base ?? null
    onItsWay = draft?.sent ?? null
    conflict.value = null
    // Who painted before they said their name goes on with that.
    if (!isDirty(saving.value) || !painting.isSame(kept, painting.intervals())) {
      saving.value = NOTHING
      painting.show(kept)
      if (draft) happens({ type: 'painted' })
    }
    happens({ type: 'named', named: me.value !== undefined })
    arrived(queryClient.getQueryData(keyOf(now)))
  }

  /** What the server has is shown, unless something here is newer. */
  function arrived(theirs: Stored | undefined): void {
    if (!theirs || isDirty(saving.value) || theirs.etag === base) return
    base = theirs.etag
    painting.show(theirs.intervals)
  }

  /** Show what the server has, whatever is painted here. */
  function giveUp(theirs: Stored): void {
    conflict.value = null
    drafts.drop(id, person.value)
    happens({ type: 'tookTheirs' })
    base = null
    queryClient.setQueryData(keyOf(person.value), theirs)
    arrived(theirs)
  }

  async function withdraw(): Promise<void> {
    const whose = me.value as Me
    await withdrawSchedule(id, whose)
    giveUp(await readSchedule(id, whose))
    await context.refresh()
  }

  watch(person, (now) => begin(now), { immediate: true, flush: 'sync' })
  watch(query.data, arrived, { immediate: true })
  watch([context.open, () => me.value?.edit], () => happens({ type: 'recovered' }))
  whenLeaving(happens, () => wouldLose(saving.value))
  onScopeDispose(() => {
    happens({ type: 'hurry' })
    clearTimeout(timer)
  })

  return {
    ...painting,
    loading: computed(() => me.value !== undefined && !query.data.value && !query.error.value),
    failed: computed(() => (query.data.value || !me.value ? null : query.error.value)),
    saving,
    conflict,
    keepMine() {
      base = conflict.value?.etag ?? base
      conflict.value = null
      happens({ type: 'keepMine' })
    },
    takeTheirs: () => conflict.value && giveUp(conflict.value),
    retryNow: () => happens({ type: 'retry' }),
    withdraw,
    reload: () => query.refetch(),
  }
}
