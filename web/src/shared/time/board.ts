/** The cell lies outside of the poll's times. */
export const OUTSIDE = -1
/** The wall-clock time does not exist on that day: the clocks skip it. */
export const SKIPPED = -2

/** A local date. `offset` is in minutes east of UTC at its first cell; `shifts`: it changes within. */
export interface Column {
  date: string
  offset: number
  shifts: boolean
}

/** A wall-clock time, in minutes of the day. `fold` 1: the second time it comes, clocks set back. */
export interface Row {
  minute: number
  fold: 0 | 1
}

/** A poll's cells as days and times of a zone. Cells are numbered in the order of time. */
export interface Board {
  zone: string
  cellMinutes: number
  /** Per cell, when it begins: epoch milliseconds. */
  starts: Float64Array
  columns: Column[]
  rows: Row[]
  /** Row by row, per column: the cell's number, or `OUTSIDE` or `SKIPPED`. */
  cells: Int32Array
  /** Per cell, its place in `cells`. */
  places: Int32Array
}
