/** From the form to what the API is asked for. */
import type { components } from '@/api/gen/poll-api'
import { isoDuration } from '@/shared/time/durations'
import { instantOf, MINUTE } from '@/shared/time/zone'

import { addDays, weekdayOf } from './calendar'
import { chosenDays, type Draft } from './draft'

export type Proposal = components['schemas']['Proposal']

const DAY_MINUTES = 1440
const WEEKDAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export interface Slot {
  start: string
  end: string
}

/** What the API will cut the proposal into: one slot a day, not yet joined where they touch. */
export function slotsOf(draft: Draft): Slot[] {
  return chosenDays(draft).map((day) => ({
    start: iso(instantOrNext(day, draft.from, draft.zone)),
    end: iso(instantOrNext(day, draft.until, draft.zone)),
  }))
}

/** The draft must have days. */
export function proposalOf(draft: Draft): Proposal {
  const slots = slotsOf(draft)
  const days = new Set(chosenDays(draft).map(weekdayOf))
  return {
    title: draft.title.trim(),
    description: draft.description.trim() || null,
    timezone: draft.zone,
    window: { start: slots[0]?.start ?? '', end: slots.at(-1)?.end ?? '' },
    daily_hours: {
      start: clock(draft.from),
      end: clock(draft.until),
      days: [...days].toSorted().map((day) => WEEKDAY_NAMES[day - 1] ?? 'mon'),
    },
    duration: isoDuration(draft.duration),
    step: isoDuration(draft.step),
    deadline: draft.deadline || null,
    access: draft.access,
    invited: [],
    visibility: { names: draft.names, results: draft.results },
    rules: rulesOf(draft),
  }
}

function rulesOf(draft: Draft): NonNullable<Proposal['rules']> {
  const { decide } = draft
  return {
    min_available: number(draft.minPeople),
    min_percentage: number(draft.minPercentage),
    groups: [],
    buffer: { before: isoDuration(draft.bufferBefore), after: isoDuration(draft.bufferAfter) },
    auto_finalise:
      decide === 'never'
        ? null
        : {
            when: decide,
            expected: decide === 'everyone_answered' ? number(draft.expected) : null,
          },
  }
}

/** The instant of a minute of a day, or of the next day; one that the clocks skip is moved on. */
function instantOrNext(date: string, minute: number, zone: string): number {
  const day = minute >= DAY_MINUTES ? addDays(date, 1) : date
  for (let at = minute % DAY_MINUTES; at < DAY_MINUTES; at += 15) {
    const instant = instantOf(day, at, zone)
    if (instant !== null) return instant
  }
  return Date.parse(`${addDays(day, 1)}T00:00:00Z`)
}

/** "18:00"; what is on the next day too, and midnight is its beginning. */
function clock(minute: number): string {
  return new Date((minute % DAY_MINUTES) * MINUTE).toISOString().slice(11, 16)
}

function number(typed: string | number): number | null {
  return typed === '' ? null : Number(typed)
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}
