/** What the form holds: kept for the tab, so that going back or loading again loses nothing. */
import { reactive, watch } from 'vue'

import { rememberedInTab } from '@/shared/remembered'
import { browserZone, wallClock } from '@/shared/time/zone'

import { addDays, daysBetween, weekdayOf, type Weekday } from './calendar'

export interface Draft {
  title: string
  description: string
  /** `range`: from `first` to `last` without the weekdays left out; `single`: just `days`. */
  mode: 'range' | 'single'
  first: string
  last: string
  leftOut: Weekday[]
  days: string[]
  /** Minutes of the day; `until` is more than a day's 1,440 where it is on the next. */
  from: number
  until: number
  duration: number
  step: number
  zone: string
  /** As `<input type="datetime-local">` gives it, in `zone`. */
  deadline: string
  names: 'everyone' | 'organiser'
  results: 'everyone' | 'after_close' | 'organiser'
  access: 'link' | 'public'
  /** As they are typed: empty for none. */
  minPeople: string | number
  minPercentage: string | number
  bufferBefore: number
  bufferAfter: number
  decide: 'never' | 'everyone_answered' | 'rules_met'
  expected: string | number
}

const KEY = 'commontime:draft'

/** Five working days from the next Monday on, nine to six: what most groups look at. */
function blank(): Draft {
  const zone = browserZone()
  const today = wallClock(Date.now(), zone).date
  const monday = addDays(today, 8 - weekdayOf(today))
  return {
    title: '',
    description: '',
    mode: 'range',
    first: monday,
    last: addDays(monday, 4),
    leftOut: [],
    days: [],
    from: 9 * 60,
    until: 18 * 60,
    duration: 60,
    step: 30,
    zone,
    deadline: '',
    names: 'everyone',
    results: 'everyone',
    access: 'link',
    minPeople: '',
    minPercentage: '',
    bufferBefore: 0,
    bufferAfter: 0,
    decide: 'never',
    expected: '',
  }
}

/** The form's content, as it was left in this tab. */
export function useDraft() {
  const draft = reactive<Draft>({ ...blank(), ...rememberedInTab.json<Partial<Draft>>(KEY) })
  watch(draft, () => rememberedInTab.set(KEY, JSON.stringify(draft)))
  return { draft, discard: () => rememberedInTab.remove(KEY) }
}

/** The local dates that are asked about, in order. */
export function chosenDays(draft: Draft): string[] {
  if (draft.mode === 'single') return draft.days.toSorted()
  if (!draft.first) return []
  const { leftOut } = draft
  return daysBetween(draft.first, draft.last || draft.first).filter(
    (day) => !leftOut.includes(weekdayOf(day)),
  )
}
