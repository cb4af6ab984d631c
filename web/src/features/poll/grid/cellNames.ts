/** What cells, days and hours are called, on the page and by a screen reader. */
import { t } from '@/shared/i18n'
import { SKIPPED, type Board } from '@/shared/time/board'
import { formatDay, formatMinute, formatOffset, formatRange } from '@/shared/time/format'

import { brushName } from './brushes'
import { cellsOfDay, placeOf, type Hour, type Place } from './rectangles'

/** "Tue 10 March, 09:15–09:30, if needed, 4 of 7 free" */
export function cellName(
  board: Board,
  cell: number,
  place: Place,
  level: number,
  describe: (cell: number) => string,
): string {
  if (cell < 0) return absentName(board, cell, place)
  const when = formatRange(board.starts[cell] ?? 0, board.ends[cell] ?? 0, board.zone)
  return [when, level ? brushName(level) : '', describe(cell)].filter(Boolean).join(', ')
}

function absentName(board: Board, cell: number, { row, column }: Place): string {
  const when = { day: dayOf(board, column), time: rowTime(board, row) }
  return t(cell === SKIPPED ? 'grid.skipped' : 'grid.outside', when)
}

function dayOf(board: Board, column: number): string {
  return formatDay(board.columns[column]?.date ?? '', board.zone)
}

/** A row's time; where a day has it twice, with the offset that tells one from the other. */
export function rowTime(board: Board, row: number): string {
  return timeParts(board, row).join(' ')
}

export function hourLabel(board: Board, hour: Hour): string[] {
  return timeParts(board, hour.first)
}

/** How wide the hours are, in characters. */
export function widestHour(board: Board, hours: readonly Hour[]): number {
  return Math.max(...hours.flatMap((hour) => hourLabel(board, hour)).map((part) => part.length), 5)
}

function timeParts(board: Board, row: number): string[] {
  const { minute, offset } = board.rows[row] ?? { minute: 0 }
  return [formatMinute(minute), ...(offset === undefined ? [] : [formatOffset(offset)])]
}

export function hourName(board: Board, hour: Hour): string {
  const last = board.rows[hour.first + hour.rows - 1]
  const until = formatMinute((last?.minute ?? 0) + board.cellMinutes)
  return t('grid.wholeHour', { from: rowTime(board, hour.first), until })
}

/** Minutes east of UTC at a cell: its wall clock's time less UTC's. */
function offsetAtCell(board: Board, cell: number): number {
  const { row, column } = placeOf(board, cell)
  const midnight = Date.parse(`${board.columns[column]?.date}T00:00:00Z`)
  const wall = midnight + (board.rows[row]?.minute ?? 0) * 60_000
  return Math.round((wall - (board.starts[cell] ?? 0)) / 60_000)
}

export interface DayHead {
  date: string
  name: string
  weekday: string
  day: string
  /** Where offsets differ within the poll: this day's, or both of a day when the clocks change. */
  offset: string
}

export function dayHeads(board: Board): DayHead[] {
  const differ = board.columns.some(
    ({ shifts, offset }) => shifts || offset !== board.columns[0]?.offset,
  )
  return board.columns.map(({ date, offset, shifts }, column) => {
    const after = offsetAtCell(board, cellsOfDay(board, column).at(-1) ?? 0)
    const offsets = shifts
      ? `${formatOffset(offset)} → ${formatOffset(after)}`
      : formatOffset(offset)
    return {
      date,
      name: [formatDay(date, board.zone, 'long'), differ ? offsets : ''].filter(Boolean).join(', '),
      weekday: formatDay(date, board.zone, 'weekday'),
      day: shortDay(date),
      offset: differ ? offsets : '',
    }
  })
}

/** Day and month in figures or few letters: a column is narrow. */
function shortDay(date: string): string {
  return formatDay(date, 'UTC', 'date', Date.parse(date))
}
