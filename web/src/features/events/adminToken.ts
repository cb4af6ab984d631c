/** The instance's admin token, while this tab is open: never in an address, nor kept for longer. */
import { computed, readonly, ref } from 'vue'

import { bearer, eventApi } from '@/api/client'
import { rememberedInTab } from '@/shared/remembered'

const KEY = 'commontime:admin'

const token = ref(rememberedInTab.get(KEY))

export const adminToken = readonly(token)
export const asAdmin = computed(() => bearer(token.value))

/** Take the token if it opens this server; false if it does not. Throws `ApiProblem`. */
export async function becomeAdmin(entered: string): Promise<boolean> {
  const { response } = await eventApi.GET('/api/v1/webhooks/endpoints', {
    params: { query: { limit: 1 } },
    headers: bearer(entered),
  })
  if (!response.ok) return false
  token.value = entered
  rememberedInTab.set(KEY, entered)
  return true
}

export function forgetAdmin(): void {
  token.value = null
  rememberedInTab.remove(KEY)
}
