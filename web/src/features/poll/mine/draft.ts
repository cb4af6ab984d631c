/** What was painted and is not saved yet, kept in `localStorage` for each poll and person. */
import { remembered } from '@/shared/remembered'
import type { Interval } from '@/shared/bits/levels'

/** Who has not said their name yet. */
export const NOBODY = 'new'

export interface Draft {
  intervals: Interval[]
  /** The ETag of the schedule it was made from; null where none was known. */
  base: string | null
  /** What was on its way to the server when this was kept: that may have arrived. */
  sent: Interval[] | null
}

const key = (poll: string, person: string) => `commontime:draft:${poll}:${person}`

export const drafts = {
  read: (poll: string, person: string) => remembered.json<Draft>(key(poll, person)),
  keep: (poll: string, person: string, draft: Draft) =>
    remembered.set(key(poll, person), JSON.stringify(draft)),
  drop: (poll: string, person: string) => remembered.remove(key(poll, person)),
  /** Who painted before they said their name did so as `person`. */
  give(poll: string, person: string) {
    const draft = remembered.get(key(poll, NOBODY))
    if (draft) remembered.set(key(poll, person), draft)
    remembered.remove(key(poll, NOBODY))
  },
}
