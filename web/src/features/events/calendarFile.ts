import { answerOf, eventApi } from '@/api/client'

import { asAdmin } from './adminToken'
import type { EventDocument } from './event'

/** Hand the event's `.ics` to the browser. By a request of ours: a link could show no credential. */
export async function calendarFileOf({ id, title }: EventDocument): Promise<void> {
  const text = (await answerOf(
    eventApi.GET('/api/v1/events/{event_id}.ics', {
      params: { path: { event_id: id } },
      headers: asAdmin.value,
      parseAs: 'text',
    }),
  )) as string
  const address = URL.createObjectURL(new Blob([text], { type: 'text/calendar' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${title.replace(/[^\p{L}\p{N} _-]/gu, '').trim() || 'event'}.ics`
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
