import { ApiProblem } from '@/api/problems'
import { t, type Key } from '@/shared/i18n'

const BY_CODE: Record<string, Key> = {
  poll_closed: 'poll.problemClosed',
  poll_cancelled: 'poll.problemCancelled',
  event_started: 'poll.problemStarted',
  poll_full: 'poll.problemFull',
}

/** Why something about a poll did not work, for people. */
export function problemWords(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) {
    return t('common.problemUnexpected', { detail: String(problem) })
  }
  const key = BY_CODE[problem.code]
  return key ? t(key) : problem.words()
}
