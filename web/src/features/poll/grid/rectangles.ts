/** Which cells lie where: pure arithmetic on a board. */
import type { Board } from '@/shared/time/board'

/** A place on the board: indices of `board.rows` and `board.columns`, outside of the poll or not. */
export interface Place {
  row: number
  column: number
}

/** The cell at a place; negative where there is none (`OUTSIDE`, `SKIPPED`). */
export function cellAt(board: Board, { row, column }: Place): number {
  return board.cells[row * board.columns.length + column] ?? -1
}

export function placeOf(board: Board, cell: number): Place {
  const place = board.places[cell] ?? 0
  const column = place % board.columns.length
  return { row: (place - column) / board.columns.length, column }
}

/** The cells of the rectangle between two corners, both included, in the order of time. */
export function cellsBetween(board: Board, one: Place, other: Place): number[] {
  const cells: number[] = []
  for (let row = Math.min(one.row, other.row); row <= Math.max(one.row, other.row); row++) {
    const last = Math.max(one.column, other.column)
    for (let column = Math.min(one.column, other.column); column <= last; column++) {
      const cell = cellAt(board, { row, column })
      if (cell >= 0) cells.push(cell)
    }
  }
  return cells.toSorted((a, b) => a - b)
}

export function cellsOfDay(board: Board, column: number): number[] {
  return cellsBetween(board, { row: 0, column }, { row: board.rows.length - 1, column })
}

/** Rows that belong to one hour of the wall clock; the hour that comes twice is two of them. */
export interface Hour {
  first: number
  rows: number
  /** The rows before it do not lead up to it: the times between are not part of the poll. */
  gap: boolean
}

export function hoursOf(board: Board): Hour[] {
  const hours: Hour[] = []
  board.rows.forEach((row, index) => {
    const before = board.rows[index - 1]
    const hour = hours.at(-1)
    const same =
      before?.fold === row.fold && Math.floor(before.minute / 60) === Math.floor(row.minute / 60)
    if (hour && same) hour.rows++
    else hours.push({ first: index, rows: 1, gap: isGap(board, index) })
  })
  return hours
}

function isGap(board: Board, index: number): boolean {
  const row = board.rows[index]
  const before = board.rows[index - 1]
  if (!row || !before) return false
  return row.fold === before.fold && row.minute - before.minute > board.cellMinutes
}

/** The cells of the hour that a row belongs to, on all days. */
export function cellsOfHour(board: Board, hours: readonly Hour[], row: number): number[] {
  const hour = hours.findLast(({ first }) => first <= row)
  if (!hour) return []
  const last = { row: hour.first + hour.rows - 1, column: board.columns.length - 1 }
  return cellsBetween(board, { row: hour.first, column: 0 }, last)
}

/** The cells that lie wholly or partly within an interval (epoch ms), in the order of time. */
export function cellsWithin(board: Board, start: number, end: number): number[] {
  const cells: number[] = []
  board.starts.forEach((begin, cell) => {
    if (begin < end && (board.ends[cell] ?? begin) > start) cells.push(cell)
  })
  return cells
}

/** A rectangle of places, one column wide or more. */
export interface Box extends Place {
  rows: number
  columns: number
}

/** The runs of cells below each other, as boxes one column wide. */
export function boxesAround(board: Board, cells: readonly number[]): Box[] {
  const boxes: Box[] = []
  for (const cell of cells) {
    const { row, column } = placeOf(board, cell)
    const last = boxes.at(-1)
    if (last?.column === column && last.row + last.rows === row) last.rows++
    else boxes.push({ row, column, rows: 1, columns: 1 })
  }
  return boxes
}
