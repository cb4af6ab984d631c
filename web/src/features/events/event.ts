/** Events as the page has them, and why the server would not change one. */
import type { components } from '@/api/gen/event-lifecycle'
import { ApiProblem } from '@/api/problems'
import { t } from '@/shared/i18n'

export type EventDocument = components['schemas']['EventDocument']
export type EventBody = components['schemas']['EventBody']
export type EventPatch = components['schemas']['EventPatch']
export type Status = EventDocument['status']
export type Shown = Status | 'tentative'

export const isPending = ({ status }: EventDocument) => status === 'pending'

export function shownStatus(event: EventDocument): Shown {
  return isPending(event) && event.tentative ? 'tentative' : event.status
}

export const etagOf = ({ version }: EventDocument) => `"${version}"`

const WORDS = {
  event_completed: 'events.refusedCompleted',
  event_cancelled: 'events.refusedCancelled',
  event_of_poll: 'events.refusedOfPoll',
  idempotency_in_flight: 'events.refusedBusy',
  conflict: 'common.problemChanged',
} as const

/** Why it could not be done, for people. */
export function wordsOf(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) {
    return t('common.problemUnexpected', { detail: String(problem) })
  }
  const known = WORDS[problem.code as keyof typeof WORDS]
  return known ? t(known) : problem.words()
}
