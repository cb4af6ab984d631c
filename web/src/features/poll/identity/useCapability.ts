/** Links carry a capability in their fragment, which must not stay in the address. */
import { useQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { capabilityIn, visit, visited } from '@/api/visited'

import { become } from './become'

/**
 * Keep the capability of the link that was followed, and take it out of the address. Who opens an
 * edit link answers as its person: `asking` is how it is found out who that is.
 */
export function useCapability(id: string) {
  const route = useRoute()
  const router = useRouter()

  function keep(fragment: string): void {
    const found = capabilityIn(fragment)
    if (!found) return
    const { kind, token, participantId } = found
    if (kind !== 'edit') visit(id, { [kind]: token })
    else if (token !== visited(id)?.edit) become(id, { edit: token, participantId })
    void router.replace({ query: route.query, hash: '' })
  }

  const unknown = computed(() => {
    const { edit, participantId } = visited(id) ?? {}
    return participantId ? undefined : edit
  })
  const asking = useQuery({
    queryKey: computed(() => ['who', id, unknown.value]),
    queryFn: async () => (await import('./whoHas')).whoHas(id, unknown.value ?? ''),
    enabled: () => unknown.value !== undefined,
    staleTime: Infinity,
  })

  watch(() => route.hash, keep, { immediate: true })
  watch(asking.data, (found) => {
    if (found && unknown.value) {
      become(id, { edit: unknown.value, participantId: found.id, name: found.name ?? '' })
    }
  })
  return { asking }
}
