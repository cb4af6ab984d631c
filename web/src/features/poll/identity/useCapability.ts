/** Links carry a capability in their fragment, which must not stay in the address. */
import { useRoute, useRouter } from 'vue-router'
import { watch } from 'vue'

import { capabilityIn, visit } from '@/api/visited'

/** Keep the capability of the link that was followed, and take it out of the address. */
export function useCapability(id: string): void {
  const route = useRoute()
  const router = useRouter()
  watch(() => route.hash, keep, { immediate: true })

  function keep(hash: string) {
    const found = capabilityIn(hash)
    if (!found) return
    visit(id, { [found.kind]: found.token })
    void router.replace({ query: route.query, hash: '' })
  }
}
