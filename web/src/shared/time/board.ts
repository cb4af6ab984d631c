/** A poll's cells, laid out as the days and times of a zone. */
import { cellsOf, type Span } from './cells'
import { changesOf, comesTwice, isWithin, type Change } from './changes'
import { DAY, MINUTE, dateOf, offsetsOf, type Offset } from './zone'

export { cellMinutesOf, cellParameter } from './cells'

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

/**
 * A wall-clock time, in minutes of the day. `fold` 1: the second time it comes, clocks set back.
 * `offset` is told where the clocks show it twice on one of the board's days.
 */
export interface Row {
  minute: number
  fold: 0 | 1
  offset?: number
}

/** A poll's cells as days and times of a zone. Cells are numbered in the order of time. */
export interface Board {
  zone: string
  cellMinutes: number
  /** Per cell, when it begins: epoch milliseconds. */
  starts: Float64Array
  /** Per cell, when it ends: a slot's last may be cut by the slot's end. */
  ends: Float64Array
  columns: Column[]
  /** From the top in the order of time; what comes again stands below what comes first. */
  rows: Row[]
  /** Row by row, per column: the cell's number, or `OUTSIDE` or `SKIPPED`. */
  cells: Int32Array
  /** Per cell, its place in `cells`. */
  places: Int32Array
}

/** Per cell: its date as days since 1970, its minute of that day, and which time that comes. */
interface Walls {
  days: Int32Array
  minutes: Float64Array
  folds: Uint8Array
  offsets: Int16Array
}

/** Slots of the API, in cells counted from each one's start as its heatmap counts them. */
export function makeBoard(slots: readonly Span[], cellMinutes: number, zone: string): Board {
  const { starts, ends } = cellsOf(slots, cellMinutes)
  const first = starts[0] ?? 0
  const last = ends.at(-1) ?? first
  // A day more on both sides: the clocks may be changed on a day before its first cell.
  const offsets = offsetsOf(zone, first - DAY, last + DAY)
  const walls = wallsOf(starts, offsets)
  const columns = columnsOf(walls)
  const changes = changesOf(offsets).filter(({ day }) => columns.has(day))
  const rows = rowsOf(walls, changes)
  const cells = new Int32Array(rows.size * columns.size).fill(OUTSIDE)
  const places = new Int32Array(starts.length)
  const columnNumber = numbered(columns.keys())
  const rowNumber = numbered(rows.keys())
  for (let cell = 0; cell < starts.length; cell++) {
    const row = rowNumber.get(keyOf(walls, cell)) ?? 0
    const place = row * columns.size + (columnNumber.get(walls.days[cell] ?? 0) ?? 0)
    cells[place] = cell
    places[cell] = place
  }
  const board = { zone, cellMinutes, starts, ends, cells, places }
  return markSkipped(
    { ...board, columns: [...columns.values()], rows: [...rows.values()] },
    changes,
  )
}

function wallsOf(starts: Float64Array, offsets: Offset[]): Walls {
  const count = starts.length
  const walls: Walls = {
    days: new Int32Array(count),
    minutes: new Float64Array(count),
    folds: new Uint8Array(count),
    offsets: new Int16Array(count),
  }
  let segment = 0
  for (let cell = 0; cell < count; cell++) {
    const start = starts[cell] ?? 0
    while ((offsets[segment + 1]?.at ?? Infinity) <= start) segment++
    const { at, offsetMinutes } = offsets[segment] ?? { at: 0, offsetMinutes: 0 }
    const before = offsets[segment - 1]?.offsetMinutes ?? offsetMinutes
    const wall = start + offsetMinutes * MINUTE
    const day = Math.floor(wall / DAY)
    walls.days[cell] = day
    walls.minutes[cell] = (wall - day * DAY) / MINUTE
    walls.folds[cell] = start < at + (before - offsetMinutes) * MINUTE ? 1 : 0
    walls.offsets[cell] = offsetMinutes
  }
  return walls
}

/** By day, in order. */
function columnsOf(walls: Walls): Map<number, Column> {
  const columns = new Map<number, Column>()
  for (let cell = 0; cell < walls.days.length; cell++) {
    const [day, offset] = [walls.days[cell] ?? 0, walls.offsets[cell] ?? 0]
    const column = columns.get(day)
    if (!column) columns.set(day, { date: dateOf(day * DAY), offset, shifts: false })
    else if (offset !== column.offset) column.shifts = true
  }
  return columns
}

/** One number for a minute and its fold. */
function keyOf(walls: Walls, cell: number): number {
  return Math.round((walls.minutes[cell] ?? 0) * MINUTE) * 2 + (walls.folds[cell] ?? 0)
}

/** By key, from the top. */
function rowsOf(walls: Walls, changes: Change[]): Map<number, Row> {
  const folds = changes.filter(comesTwice)
  const rows = new Map<number, Row>()
  for (let cell = 0; cell < walls.days.length; cell++) {
    const key = keyOf(walls, cell)
    const row = rows.get(key) ?? {
      minute: walls.minutes[cell] ?? 0,
      fold: walls.folds[cell] ? 1 : 0,
    }
    rows.set(key, row)
    const isAmbiguous = folds.some(
      (fold) => fold.day === walls.days[cell] && isWithin(row.minute, fold),
    )
    if (isAmbiguous) row.offset = walls.offsets[cell] ?? 0
  }
  // All that comes the first time stands above all that comes again.
  const since = ({ minute }: Row) =>
    Math.min(minute, ...folds.filter((fold) => isWithin(minute, fold)).map((fold) => fold.first))
  return new Map(
    [...rows].toSorted(
      ([, one], [, other]) =>
        since(one) - since(other) || one.fold - other.fold || one.minute - other.minute,
    ),
  )
}

function markSkipped(board: Board, changes: Change[]): Board {
  for (const gap of changes.filter((change) => !comesTwice(change))) {
    const column = board.columns.findIndex(({ date }) => date === dateOf(gap.day * DAY))
    for (const [number, { minute }] of board.rows.entries()) {
      const place = number * board.columns.length + column
      if (isWithin(minute, gap) && board.cells[place] === OUTSIDE) board.cells[place] = SKIPPED
    }
  }
  return board
}

function numbered<T>(items: Iterable<T>): Map<T, number> {
  return new Map([...items].map((item, number) => [item, number]))
}
