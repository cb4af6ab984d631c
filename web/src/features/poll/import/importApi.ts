import { answerOf, availabilityApi, bearer } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import type { components } from '@/api/gen/availability'
import type { Identity } from '@/api/visited'
import type { Interval } from '@/shared/bits/levels'

export type ImportedCalendar = components['schemas']['ImportedCalendar']

export interface ImportOptions {
  timezone: string
  /** Kept free before and after what is busy. */
  bufferMinutes: number
  /** Like `09:00-17:00`; null for the whole day. */
  workingHours: string | null
  weekends: boolean
}

/** What of the poll's window is free by a calendar; nothing is stored. Throws `ApiProblem`. */
export function previewCalendar(
  poll: string,
  person: Identity,
  calendar: Blob | string,
  { timezone, bufferMinutes, workingHours, weekends }: ImportOptions,
): Promise<ImportedCalendar> {
  return answerOf(
    availabilityApi.POST('/api/v1/polls/{poll_id}/participants/{participant_id}/schedule/import', {
      params: {
        path: { poll_id: poll, participant_id: person.participantId },
        query: {
          timezone,
          buffer: bufferMinutes,
          ...(workingHours ? { working_hours: workingHours } : {}),
          ...(weekends ? { days: 'mon,tue,wed,thu,fri,sat,sun' } : {}),
        },
      },
      headers: { ...bearer(person.edit), 'Content-Type': 'text/calendar' },
      body: calendar as string,
    }),
  )
}

/** The line of the calendar that a problem speaks of, from 1. */
export function lineOf(problem: unknown): number | undefined {
  const detail = problem instanceof ApiProblem ? problem.errors[0]?.detail : undefined
  const line = /\bline (\d+)/.exec(detail ?? '')?.[1]
  return line ? Number(line) : undefined
}

interface Span {
  start: string
  end: string
}

/** Those parts of intervals that lie in the poll's times; nights and days off are nobody's answer. */
export function within(intervals: readonly Interval[], slots: readonly Span[]): Interval[] {
  return intervals.flatMap((interval) =>
    slots.flatMap(({ start, end }) => {
      const from = Math.max(Date.parse(interval.start), Date.parse(start))
      const until = Math.min(Date.parse(interval.end), Date.parse(end))
      if (from >= until) return []
      return [
        { ...interval, start: new Date(from).toISOString(), end: new Date(until).toISOString() },
      ]
    }),
  )
}
