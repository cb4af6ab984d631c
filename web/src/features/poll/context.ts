/** What all parts of the poll page share: one poll, as this browser sees it. */
import {
  inject,
  type ComputedRef,
  type InjectionKey,
  type Ref,
  type WritableComputedRef,
} from 'vue'

import type { components as Availability } from '@/api/gen/availability'
import type { components as PollApi } from '@/api/gen/poll-api'
import type { Identity } from '@/api/visited'
import type { LiveState } from '@/shared/live/live'
import type { Board } from '@/shared/time/board'

export type Poll = PollApi['schemas']['PollAnswer']
export type Participant = Availability['schemas']['Participant']
export type View = 'mine' | 'group' | 'best'

/** Who answers from here. */
export type Me = Identity

export interface PollContext {
  id: string
  poll: Ref<Poll>
  participants: ComputedRef<Participant[]>
  /** How many have joined; more than `participants` holds where there are thousands. */
  total: ComputedRef<number>
  answered: ComputedRef<number>
  /** The strongest credential held, to read with. */
  token: ComputedRef<string | undefined>
  /** The organiser's credential, if held here. */
  organiser: ComputedRef<string | undefined>
  me: ComputedRef<Me | undefined>
  board: ComputedRef<Board>
  /** The zone that times are shown in: `?tz=`, else the browser's. Never changes the data. */
  zone: WritableComputedRef<string>
  view: WritableComputedRef<View>
  /** Times to outline on the grids, epoch milliseconds. */
  highlight: Ref<{ start: number; end: number } | null>
  live: Ref<LiveState>
  /** Schedules can still be changed. */
  open: ComputedRef<boolean>
  /** A service refused this capability: it was replaced, even if others have not heard of it yet. */
  foundDead: (capability: string) => void
  /** Ask for everything about this poll again. */
  refresh: () => Promise<void>
}

export const POLL: InjectionKey<PollContext> = Symbol('poll')

export function usePollContext(): PollContext {
  const context = inject(POLL)
  if (!context) throw new Error('only within PollPage')
  return context
}
