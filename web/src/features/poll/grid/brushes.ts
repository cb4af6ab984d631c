import { CLEAR, FREE, IF_NEEDED, PREFERRED } from '@/shared/bits/levels'
import { t } from '@/shared/i18n'
import { formatDay, formatRange, formatTimes } from '@/shared/time/format'
import type { Board } from '@/shared/time/board'

import { placeOf } from './rectangles'

/** The levels one can paint with, and the sign each carries beside its colour. */
export const BRUSHES = [
  { level: FREE, name: 'grid.free', sign: '✓', marked: 'grid.markedFree' },
  { level: IF_NEEDED, name: 'grid.ifNeeded', sign: '~', marked: 'grid.markedIfNeeded' },
  { level: PREFERRED, name: 'grid.preferred', sign: '★', marked: 'grid.markedPreferred' },
  { level: CLEAR, name: 'grid.clear', sign: '', marked: 'grid.cleared' },
] as const

function brushOf(level: number) {
  return BRUSHES.find((brush) => brush.level === level) ?? BRUSHES[3]
}

export function brushName(level: number): string {
  return t(brushOf(level).name)
}

/** "Tue 10 March, 09:00–10:45 marked free", of cells in the order of time. */
export function markedWords(board: Board, cells: readonly number[], level: number): string {
  return t(brushOf(level).marked, { when: whenWords(board, cells) })
}

function whenWords(board: Board, cells: readonly number[]): string {
  const start = (cell: number | undefined) => board.starts[cell ?? 0] ?? 0
  const end = (cell: number | undefined) => board.ends[cell ?? 0] ?? 0
  const [first, last] = [cells[0] ?? 0, cells.at(-1) ?? 0]
  const column = (cell: number) => placeOf(board, cell).column
  if (column(first) === column(last)) return formatRange(start(first), end(last), board.zone)
  const inFirst = cells.filter((cell) => column(cell) === column(first))
  const times = formatTimes(start(first), end(inFirst.at(-1)), board.zone)
  const day = (cell: number) => formatDay(start(cell), board.zone, 'short')
  return `${day(first)} – ${day(last)}, ${times}`
}
