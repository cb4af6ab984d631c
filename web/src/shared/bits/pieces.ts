/** Stretches of time with a level: lists of them are in order and do not overlap. */

import { instantOfText, textOfInstant } from '../time/instants'

export const CLEAR = 0
export const FREE = 1
export const IF_NEEDED = 2
export const PREFERRED = 3

/** As the API takes and gives it: instants with a zone, half-open. */
export interface Interval {
  start: string
  end: string
  preference?: 'available' | 'if_needed' | 'preferred'
}

/** Half-open, epoch milliseconds. */
export interface Piece {
  start: number
  end: number
  level: number
}

const LEVELS = { available: FREE, if_needed: IF_NEEDED, preferred: PREFERRED }
const NAMES = { [FREE]: 'available', [IF_NEEDED]: 'if_needed', [PREFERRED]: 'preferred' } as const

/** Of intervals in any order; where they overlap, the more preferred one holds. */
export function disjoint(intervals: readonly Interval[]): Piece[] {
  const all = intervals.map(pieceOf).toSorted(byStart)
  const found: Piece[] = []
  for (const level of [PREFERRED, FREE, IF_NEEDED]) {
    const own = merged(all.filter((piece) => piece.level === level))
    found.push(...cut(own, merged(found.map((piece) => ({ ...piece, level: CLEAR })))))
  }
  return merged(found)
}

/** In order, those of one level that touch or overlap joined. */
export function merged(pieces: Piece[]): Piece[] {
  const joined: Piece[] = []
  for (const piece of pieces.toSorted(byStart)) {
    const last = joined.at(-1)
    if (last && last.level === piece.level && piece.start <= last.end)
      last.end = Math.max(last.end, piece.end)
    else joined.push({ ...piece })
  }
  return joined
}

/** What of the pieces lies outside of the holes; both in order. */
export function cut(pieces: readonly Piece[], holes: readonly Piece[]): Piece[] {
  const rest: Piece[] = []
  let next = 0
  for (const { start, end, level } of pieces) {
    while ((holes[next]?.end ?? Infinity) <= start) next++
    let from = start
    for (let at = next; from < end; at++) {
      const hole = holes[at]
      const until = Math.min(end, hole?.start ?? Infinity)
      if (from < until) rest.push({ start: from, end: until, level })
      from = hole ? Math.max(from, hole.end) : end
    }
  }
  return rest
}

export function textOf({ start, end, level }: Piece): Interval {
  const preference = NAMES[level as keyof typeof NAMES]
  return { start: textOfInstant(start), end: textOfInstant(end), preference }
}

function pieceOf({ start, end, preference = 'available' }: Interval): Piece {
  return { start: instantOfText(start), end: instantOfText(end), level: LEVELS[preference] }
}

function byStart(one: Piece, other: Piece): number {
  return one.start - other.start
}
