/** The times as the API ranks them; and as it would, were things as one supposes. */
import { computed, ref, shallowRef } from 'vue'

import { answerOf, bearer, rankingApi } from '@/api/client'
import type { components } from '@/api/gen/recommender'
import { useQuery } from '@/api/queries'

import { usePollContext } from '../context'
import { useResultsHidden } from '../heatmap/useResultsHidden'

export type Recommendations = components['schemas']['Recommendations']
export type Recommendation = components['schemas']['Recommendation']
export type Relaxation = Recommendations['relaxations'][number]

/** What is supposed: these people left out, another duration (ISO 8601). Empty: nothing. */
export interface Supposition {
  ignore: readonly string[]
  duration: string | null
}

export const NOTHING_SUPPOSED: Supposition = { ignore: [], duration: null }
/** Beyond so many people a list of ids is long, and nobody reads it. */
const MOST_IDS = 1000
const LIMIT = 10

export function useRecommendations() {
  const { id, token, total } = usePollContext()
  const hidden = useResultsHidden()
  const supposed = shallowRef<Supposition>(NOTHING_SUPPOSED)
  const unmetToo = ref(false)
  const isSupposed = computed(
    () => supposed.value.ignore.length > 0 || supposed.value.duration !== null,
  )
  const query = computed(() => ({
    limit: LIMIT,
    people: total.value > MOST_IDS ? ('counts' as const) : ('ids' as const),
    include_unmet: unmetToo.value,
  }))
  const path = { poll_id: id }

  const real = useQuery({
    queryKey: computed(() => ['recommendations', id, query.value]),
    enabled: computed(() => hidden.value === null),
    keepPrevious: true,
    queryFn: ({ signal }) =>
      answerOf(
        rankingApi.GET('/api/v1/polls/{poll_id}/recommendations', {
          params: { path, query: query.value },
          headers: bearer(token.value),
          signal,
        }),
      ),
  })
  const what = useQuery({
    queryKey: computed(() => ['recommendations', id, query.value, supposed.value]),
    enabled: isSupposed,
    keepPrevious: true,
    queryFn: ({ signal }) =>
      answerOf(
        rankingApi.POST('/api/v1/polls/{poll_id}/recommendations/what-if', {
          params: { path, query: query.value },
          body: {
            duration: supposed.value.duration,
            ignore: [...supposed.value.ignore],
            schedules: {},
            add: [],
          },
          headers: bearer(token.value),
          signal,
        }),
      ),
  })
  const shown = computed(() => (isSupposed.value ? what : real))
  return {
    hidden,
    supposed,
    isSupposed,
    unmetToo,
    real: real.data,
    // Until a supposition is answered the real answer stays, so that nothing jumps.
    answer: computed<Recommendations | undefined>(() => shown.value.data.value ?? real.data.value),
    error: computed(() => shown.value.error.value),
    busy: computed(() => shown.value.isFetching.value),
    retry: () => shown.value.refetch(),
  }
}
