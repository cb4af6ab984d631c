/**
 * Somebody's free time as a level per cell of a board, and back.
 *
 * What cells cannot tell, because it begins or ends within one or lies outside of all, is `kept`
 * beside them, and goes back as it came until its cell is given another level.
 */
import type { Board } from '../time/board'
import {
  CLEAR,
  FREE,
  IF_NEEDED,
  PREFERRED,
  cut,
  disjoint,
  merged,
  textOf,
  type Interval,
  type Piece,
} from './pieces'

export { CLEAR, FREE, IF_NEEDED, PREFERRED, type Interval } from './pieces'

/** Only if needed is less than free, and free less than preferred. */
const BY_RANK = [CLEAR, IF_NEEDED, FREE, PREFERRED]

type Cells = Pick<Board, 'starts' | 'ends'>

/** A cell has a level only where it is free throughout: the least of what holds in it. */
export function levelsOf(
  board: Cells,
  intervals: readonly Interval[],
): { levels: Uint8Array; kept: Interval[] } {
  const { levels, kept } = read(board, disjoint(intervals))
  return { levels, kept: merged(kept).map(textOf) }
}

/** In order and disjoint, as the API keeps them. */
export function intervalsOf(
  board: Cells,
  levels: Uint8Array,
  kept: readonly Interval[] = [],
): Interval[] {
  const before = read(board, disjoint(kept))
  const set: Piece[] = []
  const touched: Piece[] = []
  for (let cell = 0; cell < levels.length; cell++) {
    const level = levels[cell] ?? CLEAR
    if (before.marked.has(cell) && level === before.levels[cell]) continue
    const piece = { start: board.starts[cell] ?? 0, end: board.ends[cell] ?? 0, level }
    if (before.marked.has(cell)) touched.push(piece)
    if (level !== CLEAR) set.push(piece)
  }
  const rest = cut(before.kept, touched)
  return merged([...set, ...rest]).map(textOf)
}

/** What is still kept when these cells are given a level, whichever they had. */
export function keptWithout(
  board: Cells,
  kept: readonly Interval[],
  cells: Iterable<number>,
): Interval[] {
  if (kept.length === 0) return []
  const touched = [...cells]
    .map((cell) => ({ start: board.starts[cell] ?? 0, end: board.ends[cell] ?? 0, level: CLEAR }))
    .toSorted((one, other) => one.start - other.start)
  return cut(disjoint(kept), touched).map(textOf)
}

/** `marked`: cells of which a part is kept. */
function read(board: Cells, pieces: Piece[]) {
  const levels = new Uint8Array(board.starts.length)
  const marked = new Set<number>()
  const whole: Piece[] = []
  let next = 0
  for (let cell = 0; cell < levels.length; cell++) {
    const [start, end] = [board.starts[cell] ?? 0, board.ends[cell] ?? 0]
    while ((pieces[next]?.end ?? Infinity) <= start) next++
    const level = levelWithin(pieces, next, start, end)
    if (level === undefined) {
      marked.add(cell)
      levels[cell] = leastThroughout(pieces, next, start, end)
    } else if (level !== CLEAR) {
      levels[cell] = level
      whole.push({ start, end, level })
    }
  }
  return { levels, marked, kept: cut(pieces, whole) }
}

/** The one level that holds throughout, `CLEAR` included; undefined where there are several. */
function levelWithin(pieces: Piece[], next: number, start: number, end: number) {
  const piece = pieces[next]
  if (!piece || piece.start >= end) return CLEAR
  return piece.start <= start && end <= piece.end ? piece.level : undefined
}

/** The least level that holds; `CLEAR` where there is a gap. */
function leastThroughout(pieces: Piece[], next: number, start: number, end: number): number {
  let until = start
  let least: number = PREFERRED
  for (let at = next; until < end; at++) {
    const piece = pieces[at]
    if (!piece || piece.start > until) return CLEAR
    if (BY_RANK.indexOf(piece.level) < BY_RANK.indexOf(least)) least = piece.level
    until = piece.end
  }
  return least
}
