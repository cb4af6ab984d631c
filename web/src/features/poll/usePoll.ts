/** One poll as this browser sees it: what every part of the page shares. */
import { computed, ref, watch, type WritableComputedRef } from 'vue'

import { answerOf, availabilityApi, bearer, pollApi } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import { queryClient, useQuery } from '@/api/queries'
import { visited } from '@/api/visited'
import { address, go, withQuery } from '@/shared/address'
import type { LiveState } from '@/shared/live/live'
import { cellMinutesOf, makeBoard } from '@/shared/time/board'
import { browserZone, isZone } from '@/shared/time/zone'

import type { Participant, Poll, PollContext, View } from './context'

/** Of so many people names are shown; the counts are of all. */
const MOST_PEOPLE = 1000
const VIEWS: ReadonlySet<string> = new Set<View>(['mine', 'group', 'best'])

interface People {
  participants: Participant[]
  total: number
  answered: number
}

/** The queries and the state of the page of poll `id`. */
export function usePoll(id: string) {
  const live = ref<LiveState>('connecting')
  const held = computed(() => visited(id))
  const dead = ref<string[]>([])
  const tokens = computed(() => {
    const { organiser, edit, answer } = held.value ?? {}
    return [organiser, edit, answer].filter((one) => one && !dead.value.includes(one))
  })
  const token = computed(() => tokens.value[0])
  const isDead = (one: string | undefined) => one !== undefined && dead.value.includes(one)
  const ifAlive = (one: string | undefined) => (isDead(one) ? undefined : one)

  /** A link that was replaced opens nothing, while a weaker one may still open the poll. */
  async function readWithAny(signal: AbortSignal): Promise<Poll> {
    const failed: string[] = []
    let lost: unknown
    for (const one of [...tokens.value, undefined]) {
      try {
        const read = await readPoll(id, one, signal)
        dead.value = [...dead.value, ...failed]
        return read
      } catch (problem) {
        if (!(problem instanceof ApiProblem && problem.status === 404)) throw problem
        lost ??= problem
        if (one) failed.push(one)
      }
    }
    throw lost
  }

  const staleTime = computed(() => (live.value === 'live' ? Infinity : 5_000))

  const pollQuery = useQuery({
    queryKey: ['poll', id],
    queryFn: ({ signal }) => readWithAny(signal),
    staleTime,
  })
  const peopleQuery = useQuery({
    queryKey: ['participants', id],
    queryFn: ({ signal }) => readPeople(id, token.value, signal),
    staleTime,
  })
  const poll = computed(() => pollQuery.data.value as Poll)
  const people = computed(() => peopleQuery.data.value)
  const zone = inAddress('tz', browserZone(), isZone)

  const context: PollContext = {
    id,
    poll,
    participants: computed(() => people.value?.participants ?? []),
    total: computed(() => people.value?.total ?? 0),
    answered: computed(() => people.value?.answered ?? 0),
    token,
    organiser: computed(() => ifAlive(held.value?.organiser)),
    me: computed(() => {
      const { edit, participantId, name = '' } = held.value ?? {}
      if (!ifAlive(edit) || !edit || !participantId) return undefined
      const known = people.value?.participants.find((person) => person.id === participantId)
      return { participantId, edit, name: known?.name ?? name }
    }),
    board: computed(() => makeBoard(poll.value.slots, cellMinutesOf(poll.value.step), zone.value)),
    zone,
    view: inAddress<View>('view', 'mine', (text) => VIEWS.has(text)),
    highlight: ref(null),
    live,
    open: computed(() => isOpen(poll.value)),
    foundDead(capability) {
      if (!isDead(capability)) dead.value = [...dead.value, capability]
    },
    refresh: () => queryClient.invalidateQueries(({ queryKey }) => queryKey[1] === id),
  }
  // Another credential may show more, or open what the one before no longer does.
  watch(token, () => void context.refresh())
  /** Held links that open nothing any more, while another one does. */
  const lost = computed(() => ({
    organiser: isDead(held.value?.organiser),
    edit: isDead(held.value?.edit),
  }))
  return { context, pollQuery, peopleQuery, lost }
}

async function readPoll(id: string, token: string | undefined, signal: AbortSignal) {
  return answerOf(
    pollApi.GET('/api/v1/polls/{poll_id}', {
      params: { path: { poll_id: id } },
      headers: bearer(token),
      signal,
    }),
  )
}

async function readPeople(
  id: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<People> {
  const { totals, items } = await answerOf(
    availabilityApi.GET('/api/v1/polls/{poll_id}/participants', {
      params: { path: { poll_id: id }, query: { limit: MOST_PEOPLE } },
      headers: bearer(token),
      signal,
    }),
  )
  return { participants: items, total: totals.total, answered: totals.answered }
}

/** A finalised poll takes changes until its meeting begins: somebody may have to call off. */
function isOpen({ state, decision }: Poll): boolean {
  if (state === 'finalised') return decision !== null && Date.parse(decision.start) > Date.now()
  return state === 'open'
}

/** A choice that stays in the address, so that a link leads to the same view. */
function inAddress<T extends string>(
  name: string,
  otherwise: T,
  valid: (text: string) => boolean,
): WritableComputedRef<T> {
  return computed({
    get() {
      const text = address.value.query[name]
      return text !== undefined && valid(text) ? (text as T) : otherwise
    },
    set(chosen) {
      const query = { [name]: chosen === otherwise ? undefined : chosen }
      void go(withQuery(query), { replacing: true })
    },
  })
}
