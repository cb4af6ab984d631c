import { computed, type ComputedRef } from 'vue'

import { usePollContext } from '../context'

/** Why this browser is not shown the results, before it asks for them; null where it is. */
export function useResultsHidden(): ComputedRef<'organiser' | 'after_close' | null> {
  const { poll, organiser } = usePollContext()
  return computed(() => {
    const { results } = poll.value.visibility
    if (organiser.value || results === 'everyone') return null
    return results === 'after_close' && poll.value.state !== 'open' ? null : results
  })
}
