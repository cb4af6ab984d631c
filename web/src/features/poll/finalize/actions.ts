/** What is done with a decision. */
import { answerOf, bearer, eventApi, pollApi } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import { t } from '@/shared/i18n'

import { randomKey } from './randomKey'

/** The event is made of the decision by another service: usually at once, at times a bit later. */
const TRIES = 8
const WAIT_MS = 500

export async function downloadCalendar(
  id: string,
  title: string,
  token: string | undefined,
): Promise<void> {
  const calendar = await patiently(() =>
    answerOf(
      eventApi.GET('/api/v1/polls/{poll_id}/event.ics', {
        params: { path: { poll_id: id } },
        headers: bearer(token),
        parseAs: 'text',
      }),
    ),
  )
  const url = URL.createObjectURL(new Blob([String(calendar)], { type: 'text/calendar' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${title.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60) || 'meeting'}.ics`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

export async function reopenPoll(id: string, organiser: string | undefined): Promise<void> {
  await answerOf(
    pollApi.POST('/api/v1/polls/{poll_id}/reopen', {
      params: { path: { poll_id: id }, header: { 'Idempotency-Key': randomKey() } },
      headers: bearer(organiser),
    }),
  )
}

export function actionWords(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) {
    return t('common.problemUnexpected', { detail: String(problem) })
  }
  if (problem.code === 'event_started') return t('results.begun')
  return [404, 503].includes(problem.status) ? t('results.calendarLater') : problem.words()
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await call()
    } catch (problem) {
      const isEarly = problem instanceof ApiProblem && [404, 503].includes(problem.status)
      if (!isEarly || left <= 1) throw problem
      await new Promise((resolve) => {
        setTimeout(resolve, WAIT_MS * (1 + TRIES - left))
      })
    }
  }
}
