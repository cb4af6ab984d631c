/** What is wrong with a draft, in words, before it is sent and when the API refuses it. */
import type { FieldError } from '@/api/problems'
import { t, type Key } from '@/shared/i18n'
import { instantOf, MINUTE } from '@/shared/time/zone'

import { daysThatComeAlong } from './calendar'
import { chosenDays, type Draft } from './draft'
import { slotsOf } from './proposal'

export const TITLE_MOST = 200
export const DESCRIPTION_MOST = 10_000
const DAYS_MOST = 366
const PEOPLE_MOST = 10_000
const DAY_MINUTES = 1440

/** In the order in which they stand on the page. */
export const FIELDS = [
  'title',
  'description',
  'days',
  'hours',
  'duration',
  'step',
  'zone',
  'deadline',
  'minPeople',
  'minPercentage',
  'buffer',
  'decide',
  'expected',
] as const
export type Field = (typeof FIELDS)[number]
export type Refusals = Partial<Record<Field, string>>
/** Those that lie under "More options". */
export const FURTHER: readonly Field[] = FIELDS.slice(FIELDS.indexOf('deadline'))

const POINTERS: [string, Field][] = [
  ['/title', 'title'],
  ['/description', 'description'],
  ['/window', 'days'],
  ['/daily_hours', 'hours'],
  ['/duration', 'duration'],
  ['/step', 'step'],
  ['/timezone', 'zone'],
  ['/deadline', 'deadline'],
  ['/rules/min_available', 'minPeople'],
  ['/rules/min_percentage', 'minPercentage'],
  ['/rules/buffer', 'buffer'],
  ['/rules/auto_finalise/expected', 'expected'],
  ['/rules/auto_finalise', 'decide'],
]
const WORDS: Record<string, Key> = {
  string_too_short: 'create.missing',
  missing: 'create.missing',
  string_too_long: 'create.tooLong',
  control_character: 'create.controlCharacter',
  in_the_past: 'create.inThePast',
  too_long: 'create.tooManyDays',
  no_slot: 'create.noSlot',
  longer_than_window: 'create.longerThanHours',
  longer_than_daily_hours: 'create.longerThanHours',
  no_such_local_time: 'create.skipped',
  after_window: 'create.afterWindow',
  unknown_zone: 'create.unknownZone',
  no_rule: 'create.noRule',
}

/** The draft's faults that need no server to be seen. */
export function faultsOf(draft: Draft, now = Date.now()): Refusals {
  const faults: Refusals = {
    ...titleFault(draft),
    ...timeFaults(draft, now),
    ...deadlineFault(draft, now),
  }
  if (!isCount(draft.minPeople, PEOPLE_MOST)) faults.minPeople = t('create.people')
  if (!isCount(draft.minPercentage, 100)) faults.minPercentage = t('create.percentage')
  if (draft.decide === 'everyone_answered' && !(draft.expected && isCount(draft.expected, 10_000)))
    faults.expected = t('create.howMany')
  if (draft.decide === 'rules_met' && !draft.minPeople && !draft.minPercentage)
    faults.decide = t('create.noRule')
  return faults
}

function titleFault({ title, description }: Draft): Refusals {
  if (!title.trim()) return { title: t('create.noTitle') }
  if (title.trim().length > TITLE_MOST) return { title: t('create.tooLong') }
  return description.length > DESCRIPTION_MOST ? { description: t('create.tooLong') } : {}
}

function timeFaults(draft: Draft, now: number): Refusals {
  const days = chosenDays(draft)
  const [first, last] = [days[0], days.at(-1)]
  if (!first || !last) return { days: t('create.noDays') }
  if (draft.mode === 'single' && daysThatComeAlong(days).length)
    return { days: t('create.daysDoNotFit') }
  if (Date.parse(last) - Date.parse(first) >= DAYS_MOST * DAY_MINUTES * MINUTE)
    return { days: t('create.tooManyDays') }
  const slots = slotsOf(draft)
  if (Date.parse(slots.at(-1)?.end ?? '') <= now) return { days: t('create.inThePast') }
  if (!(draft.duration >= 1)) return { duration: t('create.noDuration') }
  return draft.duration > longestStretch(slots) ? { duration: t('create.longerThanHours') } : {}
}

/** In minutes; days around the clock join. */
function longestStretch(slots: { start: string; end: string }[]): number {
  let [longest, begun, ended] = [0, 0, 0]
  for (const slot of slots) {
    const start = Date.parse(slot.start)
    if (start > ended) begun = start
    ended = Date.parse(slot.end)
    longest = Math.max(longest, ended - begun)
  }
  return longest / MINUTE
}

function deadlineFault(draft: Draft, now: number): Refusals {
  if (!draft.deadline) return {}
  const [date = '', time = ''] = draft.deadline.split('T')
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const instant = instantOf(date, hour * 60 + minute, draft.zone)
  if (instant === null) return { deadline: t('create.skipped') }
  if (instant <= now) return { deadline: t('create.inThePast') }
  const end = slotsOf(draft).at(-1)?.end
  return end && instant > Date.parse(end) ? { deadline: t('create.afterWindow') } : {}
}

function isCount(typed: string | number, most: number): boolean {
  if (typed === '') return true
  const count = Number(typed)
  return Number.isInteger(count) && count >= 1 && count <= most
}

/** The API's refusals by field; those of nothing on the page under `rest`. */
export function refusalsOf(errors: readonly FieldError[]): { fields: Refusals; rest: string[] } {
  const fields: Refusals = {}
  const rest: string[] = []
  for (const { pointer, code, detail } of errors) {
    const field = POINTERS.find(([start]) => pointer.startsWith(start))?.[1]
    const key = WORDS[code]
    const words = key ? t(key) : detail
    if (field) fields[field] ??= words
    else rest.push(words)
  }
  return { fields, rest }
}
