/** What would take many gestures, as one: each gives what to paint, and the levels to take it from. */
import { CLEAR, FREE } from '@/shared/bits/levels'
import type { Board } from '@/shared/time/board'

import { cellAt, cellsOfDay, placeOf } from './rectangles'

export interface Painting {
  cells: number[]
  /** One for each cell of the board. */
  levels: Uint8Array
}

/** Whatever was marked is clear, and what was clear is free. */
export function inverted(levels: Uint8Array): Painting {
  const inverse = levels.map((level) => (level === CLEAR ? FREE : CLEAR))
  return { cells: [...levels.keys()], levels: inverse }
}

/** One day's levels on other days at the same times; times that the day does not have stay. */
export function copiedDay(
  board: Board,
  levels: Uint8Array,
  from: number,
  to: readonly number[],
): Painting {
  const copy = levels.slice()
  const cells = to.flatMap((column) => cellsOfDay(board, column))
  const painted = cells.filter((cell) => {
    const source = cellAt(board, { row: placeOf(board, cell).row, column: from })
    if (source >= 0) copy[cell] = levels[source] ?? CLEAR
    return source >= 0
  })
  return { cells: painted, levels: copy }
}
