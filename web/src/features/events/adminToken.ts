/** The instance's admin token, while this tab is open: never in an address, nor kept for longer. */
import { computed, readonly, ref } from 'vue'

import { bearer, eventApi } from '@/api/client'

const KEY = 'commontime:admin'

const token = ref(stored())

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
  try {
    sessionStorage.setItem(KEY, entered)
  } catch {
    // Then it is asked for again when the page is loaded again.
  }
  return true
}

export function forgetAdmin(): void {
  token.value = null
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Then it was not there either.
  }
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}
