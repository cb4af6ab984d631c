import { ref } from 'vue'

import { ApiProblem } from '@/api/problems'
import { t } from '@/shared/i18n'

import { problemWords } from '../problemWords'

/** One thing that is done at a time, and why it failed, in words. */
export function useAction() {
  const busy = ref(false)
  const trouble = ref('')

  /** Whether it was done. */
  async function run(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    trouble.value = ''
    try {
      await action()
      return true
    } catch (problem) {
      const isStale = problem instanceof ApiProblem && problem.status === 412
      trouble.value = isStale ? t('organiser.changed') : problemWords(problem)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, trouble, run }
}
