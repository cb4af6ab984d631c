/** An event's times in words. Instants are epoch milliseconds. */
import { t } from '@/shared/i18n'
import { formatDay, formatRange, formatRelative, formatTime } from '@/shared/time/format'

import type { EventDocument } from './event'

/** When it takes place. */
export function whenOf(event: EventDocument, zone: string): string {
  const starts = Date.parse(event.starts_at)
  return event.ends_at
    ? formatRange(starts, Date.parse(event.ends_at), zone)
    : dayAndTime(starts, zone)
}

/** How long it has until it completes, or how it came to be over. */
export function completionOf(event: EventDocument, zone: string, now: number): string {
  if (event.status === 'cancelled') return '—'
  if (event.completed_at) {
    const key = event.completed_by === 'timer' ? 'events.doneByTimer' : 'events.doneByPerson'
    return t(key, { when: near(Date.parse(event.completed_at), zone, now) })
  }
  if (event.tentative) return t('events.openAgain')
  if (!event.due_at) return t('events.byHand')
  const due = Date.parse(event.due_at)
  return due - now < 500 ? t('events.anyMoment') : formatRelative(due, now)
}

function dayAndTime(instant: number, zone: string): string {
  return `${formatDay(instant, zone)}, ${formatTime(instant, zone)}`
}

/** Without the day if that is today. */
function near(instant: number, zone: string, now: number): string {
  const isToday = formatDay(instant, zone) === formatDay(now, zone)
  return isToday ? formatTime(instant, zone) : dayAndTime(instant, zone)
}
