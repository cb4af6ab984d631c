/** What is entered about an event: what is wrong with it, and what is sent of it. */
import type { FieldError } from '@/api/problems'
import { t } from '@/shared/i18n'
import { comesTwice, instantOf, wallClock } from '@/shared/time/zone'

import type { EventBody, EventDocument, EventPatch } from './event'

export type Mode = EventDocument['completion']['mode']

/** Times are local, as `<input type="datetime-local">` has them; '' is none. */
export interface Entered {
  title: string
  description: string
  starts: string
  ends: string
  mode: Mode
}

export type Field = 'title' | 'description' | 'starts' | 'ends'
export type Wrong = { [field in Field]?: string | undefined }

const HOUR = 3_600_000

/** Nothing yet, but the next full hour. */
export function blank(zone: string, now = Date.now()): Entered {
  const starts = localOf((Math.floor(now / HOUR) + 1) * HOUR, zone)
  return { title: '', description: '', starts, ends: '', mode: 'after_creation' }
}

/** An event, to be changed. */
export function enteredOf(event: EventDocument, zone: string): Entered {
  return {
    title: event.title,
    description: event.description ?? '',
    starts: localOf(Date.parse(event.starts_at), zone),
    ends: event.ends_at ? localOf(Date.parse(event.ends_at), zone) : '',
    mode: event.completion.mode,
  }
}

/** When the clocks show it, epoch milliseconds; null for a time that is none or that they skip. */
export function instantOfLocal(local: string, zone: string): number | null {
  const [, date, hours, minutes] = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)/.exec(local) ?? []
  return date ? instantOf(date, Number(hours) * 60 + Number(minutes), zone) : null
}

const digits = (n: number) => String(Math.floor(n)).padStart(2, '0')

export function localOf(instant: number, zone: string): string {
  const { date, minute } = wallClock(instant, zone)
  return `${date}T${digits(minute / 60)}:${digits(minute % 60)}`
}

export function happensTwice(local: string, zone: string): boolean {
  const instant = instantOfLocal(local, zone)
  return instant !== null && comesTwice(instant, zone)
}

/** What to mend, in words; empty where nothing is. */
export function wrongWith(entered: Entered, zone: string, now = Date.now()): Wrong {
  const wrong: Wrong = {}
  const title = entered.title.trim()
  if (!title) wrong.title = t('events.needsTitle')
  else if (title.length > 200) wrong.title = t('events.titleTooLong')
  if (entered.description.length > 10_000) wrong.description = t('events.textTooLong')
  const starts = instantOfLocal(entered.starts, zone)
  const ends = instantOfLocal(entered.ends, zone)
  if (!entered.starts) wrong.starts = t('events.needsStart')
  else if (starts === null) wrong.starts = t('events.skipped')
  if (entered.ends && ends === null) wrong.ends = t('events.skipped')
  else if (!entered.ends && entered.mode === 'at_end') wrong.ends = t('events.needsEnd')
  else if (starts !== null && ends !== null && ends <= starts) wrong.ends = t('events.endFirst')
  const over = ends ?? starts
  if (over !== null && over <= now && !wrong.ends) {
    wrong[ends === null ? 'starts' : 'ends'] = t('events.past')
  }
  return wrong
}

/** As the API takes it: the server knows which instants the zone's clocks mean. */
export function bodyOf(entered: Entered, zone: string): EventBody {
  return {
    title: entered.title.trim(),
    description: entered.description.trim() || null,
    starts_at: entered.starts,
    ends_at: entered.ends || null,
    timezone: zone,
    completion: { mode: entered.mode },
  }
}

const FIELDS: Record<string, Field> = {
  '/title': 'title',
  '/description': 'description',
  '/starts_at': 'starts',
  '/ends_at': 'ends',
}
const CODES = {
  no_such_local_time: 'events.skipped',
  end_not_after_start: 'events.endFirst',
  in_the_past: 'events.past',
  string_too_short: 'events.needsTitle',
  out_of_range: 'events.outOfRange',
} as const

/** What the server found wrong, at the fields it concerns. */
export function wrongByServer(errors: readonly FieldError[]): Wrong {
  const found = errors.flatMap(({ pointer, code, detail }) => {
    const field = FIELDS[pointer]
    if (!field) return []
    if (code === 'string_too_long') {
      return [[field, t(field === 'title' ? 'events.titleTooLong' : 'events.textTooLong')]]
    }
    const known = CODES[code as keyof typeof CODES]
    return [[field, known ? t(known) : detail]]
  })
  return Object.fromEntries(found) as Wrong
}

/** A merge patch of what differs from the event. A time left alone is not sent, nor its zone. */
export function changesOf(entered: Entered, event: EventDocument, zone: string): EventPatch {
  const before = bodyOf(enteredOf(event, zone), zone)
  const after = bodyOf(entered, zone)
  const changed = Object.entries(after).filter(
    ([name, value]) =>
      name !== 'timezone' &&
      JSON.stringify(value) !== JSON.stringify(before[name as keyof EventBody]),
  )
  const isMoved = changed.some(([name]) => name.endsWith('_at'))
  return { ...Object.fromEntries(changed), ...(isMoved && { timezone: zone }) }
}
