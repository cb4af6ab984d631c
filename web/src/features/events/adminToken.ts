/** The instance's admin token, while this tab is open: never in an address, nor kept for longer. */
import { computed, readonly, ref } from 'vue'

import { answerOf, bearer, eventApi } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import { rememberedInTab } from '@/shared/remembered'

const KEY = 'commontime:admin'

const token = ref(rememberedInTab.get(KEY))

export const adminToken = readonly(token)
export const asAdmin = computed(() => bearer(token.value))

/** Take the token if it opens this server; false if it does not. Throws `ApiProblem`. */
export async function becomeAdmin(entered: string): Promise<boolean> {
  const query = { limit: 1 }
  try {
    await answerOf(
      eventApi.GET('/api/v1/webhooks/endpoints', { params: { query }, headers: bearer(entered) }),
    )
  } catch (problem) {
    // 400 is for what cannot be any token. No other failure says anything about it.
    if (problem instanceof ApiProblem && [400, 401, 403].includes(problem.status)) return false
    throw problem
  }
  token.value = entered
  rememberedInTab.set(KEY, entered)
  return true
}

export function forgetAdmin(): void {
  token.value = null
  rememberedInTab.remove(KEY)
}
