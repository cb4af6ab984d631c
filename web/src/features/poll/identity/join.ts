/** Joining a poll under a name, once: whoever asks again gets the same person. */
import { answerOf, availabilityApi, bearer } from '@/api/client'
import { lastName, visited } from '@/api/visited'
import { remembered } from '@/shared/remembered'
import { browserZone } from '@/shared/time/zone'

import { drafts } from '../mine/draft'
import { become } from './become'

/** What was asked for and perhaps not answered. */
interface Attempt {
  key: string
  name: string
  timezone: string
}

/** Answer as a new person from now on, with what is painted so far. Throws `ApiProblem`. */
export async function join(pollId: string, chosen: string): Promise<void> {
  const store = `commontime:joining:${pollId}`
  const { key, name, timezone } = attemptAs(chosen, store)
  const { organiser, answer } = visited(pollId) ?? {}
  const joined = await answerOf(
    availabilityApi.POST('/api/v1/polls/{poll_id}/participants', {
      params: { path: { poll_id: pollId }, header: { 'Idempotency-Key': key } },
      headers: bearer(answer ?? organiser),
      body: { name, timezone },
    }),
  )
  remembered.remove(store)
  lastName.set(name)
  drafts.give(pollId, joined.id)
  become(pollId, { edit: joined.capabilities.edit, participantId: joined.id, name })
}

/** The same key for the same name, also after the page was loaded again. */
function attemptAs(name: string, store: string): Attempt {
  const before = remembered.json<Attempt>(store)
  if (before?.name === name) return before
  const attempt = { key: randomKey(), name, timezone: browserZone() }
  remembered.set(store, JSON.stringify(attempt))
  return attempt
}

/** Of 128 random bits. `crypto.randomUUID` is there with https only. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
