/** Days on which the clocks are changed. */
import { MINUTE, type Offset } from './zone'

/** The minutes of a day, from `first` until `beyond`, that the clocks skip or show twice. */
export interface Change {
  /** Days since 1970, in local time. */
  day: number
  first: number
  beyond: number
  /** Offsets before and after: the greater one is before where minutes come twice. */
  before: number
  after: number
}

export function changesOf(offsets: Offset[]): Change[] {
  return offsets.slice(1).flatMap(({ at, offsetMinutes: after }, place) => {
    const before = offsets[place]?.offsetMinutes ?? after
    const wall = at / MINUTE + Math.min(before, after)
    const day = Math.floor(wall / 1440)
    const first = wall - day * 1440
    const beyond = first + Math.abs(after - before)
    const change = { day, first, beyond: Math.min(beyond, 1440), before, after }
    if (beyond <= 1440) return [change]
    return [change, { ...change, day: day + 1, first: 0, beyond: beyond - 1440 }]
  })
}

export function comesTwice({ before, after }: Change): boolean {
  return before > after
}

export function isWithin(minute: number, { first, beyond }: Change): boolean {
  return first <= minute && minute < beyond
}
