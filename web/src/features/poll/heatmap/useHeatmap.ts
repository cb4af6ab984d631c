/** What the group's heatmap is drawn from: counts always, and who is free when while few answer. */
import { computed } from 'vue'

import { answerOf, availabilityApi, bearer, rankingApi } from '@/api/client'
import type { components } from '@/api/gen/availability'
import { useQuery } from '@/api/queries'
import { decodeBits } from '@/shared/bits/bitset'
import { cellParameter } from '@/shared/time/board'

import { usePollContext } from '../context'
import { useResultsHidden } from './useResultsHidden'

type CellPage = components['schemas']['CellPage']

/** Per cell of the board 1 where free; `ifNeeded` of those, where only if needed. */
export interface PersonBits {
  id: string
  free: Uint8Array
  ifNeeded: Uint8Array
}

/** Per cell, how many are free, come only if needed, and could begin a whole meeting there. */
export interface Counts {
  free: Uint16Array
  ifNeeded: Uint16Array
  starts: Uint16Array
  answered: number
}

/** With more people than these the schedules are left on the server; counts tell enough. */
const MOST_SCHEDULES = 1000
const PAGE = 200

export function useHeatmap() {
  const { id, board, token, total } = usePollContext()
  const hidden = useResultsHidden()
  const cell = computed(() => cellParameter(board.value.cellMinutes))
  const shown = computed(() => hidden.value === null)

  const heatmap = useQuery({
    queryKey: computed(() => ['heatmap', id, cell.value]),
    enabled: shown,
    keepPrevious: true,
    queryFn: ({ signal }) =>
      answerOf(
        rankingApi.GET('/api/v1/polls/{poll_id}/heatmap', {
          params: { path: { poll_id: id }, query: { cell: cell.value } },
          headers: bearer(token.value),
          signal,
        }),
      ),
  })

  const schedules = useQuery({
    queryKey: computed(() => ['schedules', id, cell.value]),
    enabled: computed(() => shown.value && total.value <= MOST_SCHEDULES),
    keepPrevious: true,
    queryFn: ({ signal }) => allSchedules(id, cell.value, token.value, signal),
  })

  const counts = computed<Counts | null>(() => {
    const answer = heatmap.data.value
    if (!answer) return null
    const joined = (name: 'free' | 'if_needed' | 'starts') =>
      Uint16Array.from(answer.slots.flatMap((slot) => slot[name]))
    return {
      free: joined('free'),
      ifNeeded: joined('if_needed'),
      starts: joined('starts'),
      answered: answer.participants.answered,
    }
  })

  return { hidden, heatmap, counts, people: computed(() => schedules.data.value ?? []) }
}

/** How many of these people are free in each of so many cells. */
export function countsOf(people: readonly PersonBits[], cells: number): Counts {
  const counts = { free: new Uint16Array(cells), ifNeeded: new Uint16Array(cells) }
  for (const name of ['free', 'ifNeeded'] as const) {
    const sum = counts[name]
    for (const person of people) {
      const bits = person[name]
      for (let cell = 0; cell < cells; cell++) sum[cell] = (sum[cell] ?? 0) + (bits[cell] ?? 0)
    }
  }
  return { ...counts, starts: new Uint16Array(0), answered: people.length }
}

async function allSchedules(
  pollId: string,
  cell: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<PersonBits[]> {
  const people: PersonBits[] = []
  let after: string | null = null
  do {
    const page: CellPage = (await answerOf(
      availabilityApi.GET('/api/v1/polls/{poll_id}/schedules', {
        params: {
          path: { poll_id: pollId },
          query: { format: 'bitset', cell, limit: PAGE, after },
        },
        headers: bearer(token),
        signal,
      }),
    )) as CellPage
    people.push(...page.items.filter(({ answered }) => answered).map(personOf(page.cells)))
    after = page.next
  } while (after)
  return people
}

function personOf(cells: number) {
  return (item: CellPage['items'][number]): PersonBits => ({
    id: item.participant_id,
    free: decodeBits(item.free ?? '', cells),
    ifNeeded: decodeBits(item.if_needed ?? '', cells),
  })
}
