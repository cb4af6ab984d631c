/** One person's schedule on the server. All throw `ApiProblem`. */
import { answered, availabilityApi, bearer } from '@/api/client'
import type { Identity } from '@/api/visited'
import type { Interval } from '@/shared/bits/levels'

const SCHEDULE = '/api/v1/polls/{poll_id}/participants/{participant_id}/schedule'
/** What browsers let outlive the page, in bytes, with some room for other requests. */
const KEPT_ALIVE = 60_000

/** A schedule as the server has it. */
export interface Stored {
  etag: string | null
  intervals: Interval[]
}

export async function readSchedule(
  poll: string,
  person: Identity,
  signal?: AbortSignal,
): Promise<Stored> {
  const { data, response } = await answered(
    availabilityApi.GET(SCHEDULE, {
      params: { path: { poll_id: poll, participant_id: person.participantId } },
      headers: bearer(person.edit),
      ...(signal ? { signal } : {}),
    }),
  )
  return { etag: response.headers.get('ETag'), intervals: data.intervals }
}

/** In place of the schedule with the ETag `base`: 412 if there is another one by now. */
export async function writeSchedule(
  poll: string,
  person: Identity,
  intervals: Interval[],
  base: string | null,
): Promise<Stored> {
  const body = {
    intervals: intervals.map(({ start, end, preference = 'available' }) => ({
      start,
      end,
      preference,
    })),
  }
  const { data, response } = await answered(
    availabilityApi.PUT(SCHEDULE, {
      params: {
        path: { poll_id: poll, participant_id: person.participantId },
        query: { clip: true },
        ...ifMatch(base),
      },
      body,
      headers: bearer(person.edit),
      // So that it arrives although the page is closed while it is on its way.
      keepalive: JSON.stringify(body).length < KEPT_ALIVE,
    }),
  )
  return { etag: response.headers.get('ETag'), intervals: data.intervals }
}

/** The person stays in the poll, without an answer. */
export async function withdrawSchedule(poll: string, person: Identity): Promise<void> {
  await answered(
    availabilityApi.DELETE(SCHEDULE, {
      params: { path: { poll_id: poll, participant_id: person.participantId } },
      headers: bearer(person.edit),
    }),
  )
}

function ifMatch(base: string | null) {
  return base ? { header: { 'If-Match': base } } : {}
}
