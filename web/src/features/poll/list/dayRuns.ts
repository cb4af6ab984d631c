/** A day's marked times as runs, for those who read and write them as words. */
import type { Board } from '@/shared/time/board'

import { cellsOfDay } from '../grid/rectangles'

/** Cells that follow each other without a gap and have one level. */
export interface Run {
  cells: number[]
  level: number
}

export function runsOf(board: Board, levels: Uint8Array, column: number): Run[] {
  const runs: Run[] = []
  for (const cell of cellsOfDay(board, column)) {
    const level = levels[cell] ?? 0
    const last = runs.at(-1)
    if (level === 0) continue
    if (last?.level === level && follows(board, last.cells, cell)) last.cells.push(cell)
    else runs.push({ cells: [cell], level })
  }
  return runs
}

/** The cells that a time beginning with `first` can reach: up to the next gap of the day. */
export function reachFrom(board: Board, column: number, first: number): number[] {
  const reach: number[] = []
  for (const cell of cellsOfDay(board, column)) {
    if (cell === first || (reach.length > 0 && follows(board, reach, cell))) reach.push(cell)
  }
  return reach
}

function follows(board: Board, cells: readonly number[], cell: number): boolean {
  return board.ends[cells.at(-1) ?? -1] === board.starts[cell]
}
