/** Whose an edit capability is. The API tells that of nobody, but lets only them do some things. */
import { answerOf, availabilityApi, bearer } from '@/api/client'
import { ApiProblem } from '@/api/problems'
import { browserZone } from '@/shared/time/zone'

import type { Participant } from '../context'

const MOST_PEOPLE = 1000
/** So many are asked about at once. */
const AT_ONCE = 8

/** The person whose profile `token` may change; null if there is none. Throws `ApiProblem`. */
export async function whoHas(pollId: string, token: string): Promise<Participant | null> {
  const { items } = await answerOf(
    availabilityApi.GET('/api/v1/polls/{poll_id}/participants', {
      params: { path: { poll_id: pollId }, query: { limit: MOST_PEOPLE } },
      headers: bearer(token),
    }),
  )
  // Private parts are shown to oneself alone.
  const own = items.find(({ timezone: zone, email, note }) => zone ?? email ?? note)
  if (own) return own
  for (let first = 0; first < items.length; first += AT_ONCE) {
    const some = items.slice(first, first + AT_ONCE)
    const mine = await Promise.all(some.map(({ id }) => mayChange(pollId, id, token)))
    const found = some[mine.indexOf(true)]
    if (found) return found
  }
  return null
}

/** Noting the zone of whoever joined without one does no harm, and is refused for all others. */
async function mayChange(pollId: string, participantId: string, token: string): Promise<boolean> {
  try {
    await answerOf(
      availabilityApi.PATCH('/api/v1/polls/{poll_id}/participants/{participant_id}', {
        params: { path: { poll_id: pollId, participant_id: participantId } },
        headers: bearer(token),
        body: { timezone: browserZone() },
      }),
    )
    return true
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.status === 403) return false
    throw problem
  }
}
