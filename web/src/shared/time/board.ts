/** A poll's cells, laid out as the days and times of a zone. */
import { minutesOf } from './durations'
import { DAY, MINUTE, dateOf, offsetsOf, type Offset } from './zone'

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
 * `offset` is told where a day of the board has both.
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

interface Span {
  start: string
  end: string
}

/** The minutes of a day, from `first` until `beyond`, that the clocks skip or show twice. */
interface Change {
  date: string
  first: number
  beyond: number
  /** Offsets before and after: the greater one is before where minutes come twice. */
  before: number
  after: number
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
  const { starts, ends } = cellsOf(slots, cellMinutes * MINUTE)
  const first = starts[0] ?? 0
  const last = ends.at(-1) ?? first
  // A day more on both sides: the clocks may be changed on a day before its first cell.
  const offsets = offsetsOf(zone, first - DAY, last + DAY)
  const walls = wallsOf(starts, offsets)
  const columns = columnsOf(walls)
  const changes = changesOf(offsets).filter(({ date }) => columns.has(date))
  const rows = rowsOf(walls, changes)
  const cells = new Int32Array(rows.size * columns.size).fill(OUTSIDE)
  const places = new Int32Array(starts.length)
  const columnNumber = numbered([...columns.keys()].map((date) => Date.parse(date) / DAY))
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

/** The poll's step, or its least multiple that divides a day into 96 rows at most. */
export function cellMinutesOf(step: string): number {
  const minutes = minutesOf(step)
  return minutes * Math.ceil(15 / minutes)
}

/** As `?cell=` of heatmap and schedules takes it. */
export function cellParameter(cellMinutes: number): string {
  return `PT${cellMinutes}M`
}

function cellsOf(slots: readonly Span[], length: number) {
  const joined = joinedSlots(slots)
  const count = joined.reduce((sum, [start, end]) => sum + Math.ceil((end - start) / length), 0)
  const starts = new Float64Array(count)
  const ends = new Float64Array(count)
  let cell = 0
  for (const [start, end] of joined) {
    for (let at = start; at < end; at += length) {
      starts[cell] = at
      ends[cell++] = Math.min(at + length, end)
    }
  }
  return { starts, ends }
}

/** In order; those that touch are one. */
function joinedSlots(slots: readonly Span[]): [start: number, end: number][] {
  const joined: [number, number][] = []
  const spans = slots.map(({ start, end }) => [Date.parse(start), Date.parse(end)] as const)
  for (const [start, end] of spans.toSorted((one, other) => one[0] - other[0])) {
    const last = joined.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else if (start < end) joined.push([start, end])
  }
  return joined
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
    const minutes = start / MINUTE + offsetMinutes
    walls.days[cell] = Math.floor(minutes / 1440)
    walls.minutes[cell] = minutes - 1440 * Math.floor(minutes / 1440)
    walls.folds[cell] = start < at + (before - offsetMinutes) * MINUTE ? 1 : 0
    walls.offsets[cell] = offsetMinutes
  }
  return walls
}

/** By date, in order. */
function columnsOf(walls: Walls): Map<string, Column> {
  const columns = new Map<string, Column>()
  let column: Column | undefined
  let day: number | undefined
  for (let cell = 0; cell < walls.days.length; cell++) {
    const offset = walls.offsets[cell] ?? 0
    if (walls.days[cell] !== day || !column) {
      day = walls.days[cell] ?? 0
      column = { date: dateOf(day * DAY), offset, shifts: false }
      columns.set(column.date, column)
    } else if (offset !== column.offset) {
      column.shifts = true
    }
  }
  return columns
}

/** One number for a minute and its fold. */
function keyOf(walls: Walls, cell: number): number {
  return (walls.minutes[cell] ?? 0) * 2 + (walls.folds[cell] ?? 0)
}

/** By key, from the top. */
function rowsOf(walls: Walls, changes: Change[]): Map<number, Row> {
  const rows = new Map<number, Row>()
  for (let cell = 0; cell < walls.days.length; cell++) {
    const key = keyOf(walls, cell)
    if (rows.has(key)) continue
    rows.set(key, { minute: walls.minutes[cell] ?? 0, fold: walls.folds[cell] ? 1 : 0 })
  }
  const folds = [...rows.values()].some((row) => row.fold) ? changes.filter(comesTwice) : []
  for (const row of rows.values()) {
    const fold = folds.find((change) => isWithin(row.minute, change))
    if (fold) row.offset = row.fold ? fold.after : fold.before
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

function changesOf(offsets: Offset[]): Change[] {
  return offsets.slice(1).flatMap(({ at, offsetMinutes: after }, place) => {
    const before = offsets[place]?.offsetMinutes ?? after
    const wall = at / MINUTE + Math.min(before, after)
    const day = Math.floor(wall / 1440)
    const first = wall - day * 1440
    const beyond = first + Math.abs(after - before)
    const onDay = (days: number, from: number, until: number) => ({
      date: dateOf((day + days) * DAY),
      first: from,
      beyond: until,
      before,
      after,
    })
    const change = onDay(0, first, Math.min(beyond, 1440))
    return beyond > 1440 ? [change, onDay(1, 0, beyond - 1440)] : [change]
  })
}

function comesTwice({ before, after }: Change): boolean {
  return before > after
}

function isWithin(minute: number, { first, beyond }: Change): boolean {
  return first <= minute && minute < beyond
}

function markSkipped(board: Board, changes: Change[]): Board {
  for (const gap of changes.filter((change) => !comesTwice(change))) {
    const column = board.columns.findIndex(({ date }) => date === gap.date)
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
