/** The polls this browser knows, with the capabilities it holds, in `localStorage`. */
import { ref } from 'vue'

import { remembered } from '@/shared/remembered'

/** Times are epoch milliseconds. Capabilities are secrets: they leave only as a header. */
export interface VisitedPoll {
  id: string
  title: string
  seenAt: number
  organiser?: string | undefined
  answer?: string | undefined
  /** The edit capability of the person who answers from here, their id and their name. */
  edit?: string | undefined
  participantId?: string | undefined
  name?: string | undefined
  /** Who else has answered from here. */
  others?: Identity[] | undefined
}

/** A person of a poll, with the capability to answer as them. */
export interface Identity {
  participantId: string
  edit: string
  name: string
}

const KEY = 'commontime:polls'
const NAME_KEY = 'commontime:name'
const MOST = 50

export const visitedPolls = ref<VisitedPoll[]>(remembered.json<VisitedPoll[]>(KEY) ?? [])

// Another tab may have opened or answered a poll.
window.addEventListener('storage', ({ key }) => {
  if (key === KEY) visitedPolls.value = remembered.json<VisitedPoll[]>(KEY) ?? []
})

export function visited(id: string): VisitedPoll | undefined {
  return visitedPolls.value.find((poll) => poll.id === id)
}

/** Note what is new about a poll; the rest of what is known of it stays. Latest first. */
export function visit(id: string, news: Partial<Omit<VisitedPoll, 'id'>>): VisitedPoll {
  const noted = { title: '', seenAt: Date.now(), ...visited(id), ...news, id }
  store([noted, ...visitedPolls.value.filter((poll) => poll.id !== id)].slice(0, MOST))
  return noted
}

export function forget(id: string): void {
  store(visitedPolls.value.filter((poll) => poll.id !== id))
}

/** The strongest credential held for a poll: what reads are made with. */
export function tokenToLook(id: string): string | undefined {
  const poll = visited(id)
  return poll?.organiser ?? poll?.edit ?? poll?.answer
}

export interface LinkCapability {
  kind: 'organiser' | 'answer' | 'edit'
  token: string
  /** Whose edit capability it is: the capability itself does not say so. */
  participantId: string | undefined
}

/**
 * Take the capability out of a link's fragment: `#ct_org_…`, `#organiser=ct_org_…`, or
 * `#ct_edt_…&participant=<id>`. The kind is in its prefix. Undefined where there is none, or where
 * the link was cut short.
 */
export function capabilityIn(fragment: string): LinkCapability | undefined {
  const match = /^#?(?:\w+=)?(ct_(org|ans|edt)_[\w-]+)(?:&participant=([\w-]+))?$/.exec(fragment)
  if (!match?.[1]) return undefined
  const kind = ({ org: 'organiser', ans: 'answer', edt: 'edit' } as const)[
    match[2] as 'org' | 'ans' | 'edt'
  ]
  if (kind === 'edit' && !match[3]) return undefined
  return { kind, token: match[1], participantId: match[3] }
}

/** The name last given, to offer again. */
export const lastName = {
  get: () => remembered.get(NAME_KEY) ?? '',
  set: (name: string) => remembered.set(NAME_KEY, name),
}

function store(polls: VisitedPoll[]): void {
  visitedPolls.value = polls
  remembered.set(KEY, JSON.stringify(polls))
}
