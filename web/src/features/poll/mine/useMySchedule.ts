/** My times as they are painted, and how they come to the server by themselves. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'

import { ApiProblem, problemWithoutAnswer } from '@/api/problems'
import { intervalsOf, keptWithout, levelsOf, type Interval } from '@/shared/bits/levels'

import type { Me, PollContext } from '../context'
import { isDirty, NOTHING, step, wouldLose, type Happening, type Saving } from './autosave'
import { drafts, NOBODY } from './draft'
import { isSame, sameNumbers, type Painted } from './painted'
import { readSchedule, withdrawSchedule, writeSchedule, type Stored } from './scheduleApi'
import { useHistory } from './useHistory'
import { whenLeaving } from './whenLeaving'

export interface MySchedule {
  levels: ComputedRef<Uint8Array>
  /** Grows whenever `levels` have changed. */
  version: Ref<number>
  loading: ComputedRef<boolean>
  /** Why my times could not be read; null where they could. */
  failed: ComputedRef<Error | null>
  saving: Ref<Saving>
  /** What somebody else, or I elsewhere, saved in the meantime. */
  conflict: Ref<Stored | null>
  canUndo: ComputedRef<boolean>
  canRedo: ComputedRef<boolean>
  /** Set these cells to a level, or each to its own of a board's levels. */
  paint: (cells: Iterable<number>, level: number | Uint8Array) => void
  /** Put these in place of all that is painted; to be undone at once. */
  replace: (intervals: Interval[]) => void
  undo: () => void
  redo: () => void
  keepMine: () => void
  takeTheirs: () => void
  retryNow: () => void
  /** Be somebody without an answer again. Throws `ApiProblem`. */
  withdraw: () => Promise<void>
  reload: () => Promise<unknown>
}

export function useMySchedule(context: PollContext): MySchedule {
  const { id, me, board } = context
  const client = useQueryClient()
  const painted = shallowRef<Painted>(onBoard([]))
  const version = ref(0)
  const saving = shallowRef<Saving>(NOTHING)
  const conflict = shallowRef<Stored | null>(null)
  const history = useHistory<Painted>()
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

  function onBoard(some: Interval[]): Painted {
    return levelsOf(board.value, some)
  }

  function intervals(): Interval[] {
    return intervalsOf(board.value, painted.value.levels, painted.value.kept)
  }

  function show(next: Painted): void {
    painted.value = next
    version.value++
  }

  function happens(what: Happening): void {
    const [next, send] = step(saving.value, what, Date.now())
    saving.value = next
    clearTimeout(timer)
    if (next.dueAt !== Infinity) {
      timer = setTimeout(() => happens({ type: 'due' }), Math.max(0, next.dueAt - Date.now()))
    }
    if (send) void save()
  }

  /** A gesture: it can be undone, is kept here at once, and on the server soon. */
  function change(next: Painted): void {
    show(next)
    happens({ type: 'painted' })
    keepDraft()
  }

  function keepDraft(): void {
    drafts.keep(id, person.value, { intervals: intervals(), base, sent: onItsWay })
  }

  async function save(): Promise<void> {
    const whose = me.value as Me
    try {
      // What was painted before anything was read must not replace what nobody has seen.
      if (base === null && !settle(await readSchedule(id, whose))) return
      onItsWay = intervals()
      keepDraft()
      const stored = await writeSchedule(id, whose, onItsWay, base)
      if (whose.participantId === person.value) await isStored(stored)
    } catch (problem) {
      if (whose.participantId === person.value) await failed(problem, whose)
    }
  }

  async function isStored(stored: Stored): Promise<void> {
    const key = keyOf(person.value)
    base = stored.etag
    onItsWay = null
    // What was asked for before is older.
    await client.cancelQueries({ queryKey: key })
    client.setQueryData(key, stored)
    happens({ type: 'saved' })
    if (isDirty(saving.value)) keepDraft()
    else drafts.drop(id, person.value)
    // Else the stream says so.
    if (context.live.value !== 'live') void context.refresh()
  }

  async function failed(problem: unknown, whose: Me): Promise<void> {
    if (!(problem instanceof ApiProblem)) throw problem
    if (problem.status !== 412) {
      happens({ type: 'failed', problem })
      // The link was replaced, or the poll has changed: it is time to know.
      if (saving.value.phase === 'refused') void context.refresh()
      return
    }
    try {
      // An answer that got lost looks like somebody else's change: then it is as good as saved.
      if (settle(await readSchedule(id, whose))) happens({ type: 'keepMine' })
    } catch (another) {
      happens({ type: 'failed', problem: another as ApiProblem })
    }
  }

  /**
   * What the server has, while something is painted that it may not have. True: it can be saved
   * over that. False: there is nothing left to save, or somebody has to decide.
   */
  function settle(theirs: Stored): boolean {
    if (isSame(onBoard(theirs.intervals), onBoard(intervals()))) {
      void isStored(theirs)
      return false
    }
    const isKnown = base === null ? theirs.intervals.length === 0 : base === theirs.etag
    const isOurs = onItsWay !== null && isSame(onBoard(theirs.intervals), onBoard(onItsWay))
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
    const shown = onBoard(draft?.intervals ?? [])
    base = draft?.base ?? null
    onItsWay = draft?.sent ?? null
    conflict.value = null
    // Who painted before they said their name goes on with that.
    if (!isDirty(saving.value) || !isSame(shown, painted.value)) {
      history.clear()
      saving.value = NOTHING
      show(shown)
      if (draft) happens({ type: 'painted' })
    }
    happens({ type: 'named', named: me.value !== undefined })
    arrived(client.getQueryData(keyOf(now)))
  }

  /** What the server has is shown, unless something here is newer. */
  function arrived(theirs: Stored | undefined): void {
    if (!theirs || isDirty(saving.value) || theirs.etag === base) return
    base = theirs.etag
    history.clear()
    show(onBoard(theirs.intervals))
  }

  /** Show what the server has, whatever is painted here. */
  function giveUp(theirs: Stored): void {
    conflict.value = null
    drafts.drop(id, person.value)
    happens({ type: 'tookTheirs' })
    base = null
    client.setQueryData(keyOf(person.value), theirs)
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
  // The same times on other cells, should the poll's own times change.
  watch(board, (now, before) => {
    if (sameNumbers(now.starts, before.starts)) return
    const { levels, kept } = painted.value
    history.clear()
    show(levelsOf(now, intervalsOf(before, levels, kept)))
  })
  whenLeaving({
    hurry: () => happens({ type: 'hurry' }),
    recovered: () => happens({ type: 'recovered' }),
    wouldLose: () => wouldLose(saving.value),
  })
  onScopeDispose(() => {
    happens({ type: 'hurry' })
    clearTimeout(timer)
  })

  return {
    levels: computed(() => painted.value.levels),
    version,
    loading: computed(() => me.value !== undefined && query.isPending.value),
    failed: computed(() => {
      if (query.data.value || me.value === undefined) return null
      return query.error.value ?? (query.isPaused.value ? problemWithoutAnswer() : null)
    }),
    saving,
    conflict,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    paint(cells, level) {
      history.add(painted.value)
      const levels = painted.value.levels.slice()
      for (const cell of cells)
        levels[cell] = typeof level === 'number' ? level : (level[cell] ?? 0)
      change({ levels, kept: keptWithout(board.value, painted.value.kept, cells) })
    },
    replace(chosen) {
      history.add(painted.value)
      change(onBoard(chosen))
    },
    undo: () => history.undo(painted.value, change),
    redo: () => history.redo(painted.value, change),
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
