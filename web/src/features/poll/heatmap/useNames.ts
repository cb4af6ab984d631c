import { computed } from 'vue'

import { usePollContext } from '../context'

/** The names of those who joined, as far as they may be seen here. */
export function useNames() {
  const { participants } = usePollContext()
  const names = computed(() => new Map(participants.value.map(({ id, name }) => [id, name])))
  const nameOf = (id: string): string | null => names.value.get(id) ?? null
  return { nameOf }
}
