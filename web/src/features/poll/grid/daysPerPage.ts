import { computed, type ComputedRef } from 'vue'

import { useMedia } from '../useMedia'

/** How many days a grid shows at once: on a narrow screen few, and wide enough to be hit. */
export function useDaysPerPage(): ComputedRef<number> {
  const narrow = useMedia('(max-width: 599px)')
  const wide = useMedia('(min-width: 1024px)')
  return computed(() => (narrow.value ? 3 : wide.value ? 14 : 7))
}
