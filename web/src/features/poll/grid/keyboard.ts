/** What a key means in the grid. Keys are told by their place, so that any layout undoes with Z. */
import { OUTSIDE, type Board } from '@/shared/time/board'

import { cellAt, type Place } from './rectangles'

export type Move =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'hourUp'
  | 'hourDown'
  | 'rowStart'
  | 'rowEnd'
  | 'first'
  | 'last'

export type Intent =
  | { do: 'move' | 'extend'; move: Move }
  | { do: 'toggle' | 'inspect' | 'undo' | 'redo' | 'escape' }
  | { do: 'brush'; brush: 0 | 1 | 2 | 3 }

const MOVES: Record<string, Move> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  PageUp: 'hourUp',
  PageDown: 'hourDown',
  Home: 'rowStart',
  End: 'rowEnd',
}

type Key = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>

export function intentOf(key: Key): Intent | null {
  if (key.altKey) return null
  const control = key.ctrlKey || key.metaKey
  const move = MOVES[key.key]
  if (move) return movement(key, move, control)
  if (control) return undoing(key)
  if (key.key === ' ') return { do: 'toggle' }
  if (key.key === 'Enter') return { do: 'inspect' }
  if (key.key === 'Escape') return { do: 'escape' }
  const digit = /^(?:Digit|Numpad)([0-3])$/.exec(key.code)?.[1]
  return digit && !key.shiftKey ? { do: 'brush', brush: Number(digit) as 0 | 1 | 2 | 3 } : null
}

function movement(key: Key, move: Move, control: boolean): Intent | null {
  const corner = move === 'rowStart' ? 'first' : 'last'
  if (control) return move === 'rowStart' || move === 'rowEnd' ? { do: 'move', move: corner } : null
  return { do: key.shiftKey ? 'extend' : 'move', move }
}

function undoing(key: Key): Intent | null {
  if (key.code === 'KeyZ') return { do: key.shiftKey ? 'redo' : 'undo' }
  return key.code === 'KeyY' ? { do: 'redo' } : null
}

/**
 * Where a move leads, among `columns` of the board. Blank places are passed over. Row or column −1
 * is the header; `columns.end` is beyond the page. Null: there is nothing that way.
 */
export function moved(
  board: Board,
  from: Place,
  move: Move,
  columns: { first: number; end: number },
): Place | null {
  const last = { row: board.rows.length - 1, column: columns.end - 1 }
  const hour = Math.max(1, Math.round(60 / board.cellMinutes))
  const clamp = (row: number) => Math.min(last.row, Math.max(0, row))
  switch (move) {
    case 'up':
      return walk(board, from, -1, 0)
    case 'down':
      return walk(board, from, 1, 0)
    case 'left':
      return walk(board, from, 0, -1)
    case 'right':
      return walk(board, from, 0, 1)
    case 'hourUp':
      return { row: clamp(from.row - hour), column: from.column }
    case 'hourDown':
      return { row: clamp(from.row + hour), column: from.column }
    case 'rowStart':
      return walk(board, { row: from.row, column: columns.first - 1 }, 0, 1)
    case 'rowEnd':
      return walk(board, { row: from.row, column: columns.end }, 0, -1)
    case 'first':
      return { row: 0, column: columns.first }
    case 'last':
      return last
  }
}

function walk(board: Board, from: Place, down: number, right: number): Place | null {
  let { row, column } = from
  do {
    row += down
    column += right
    if (row >= board.rows.length || column >= board.columns.length) return null
    if (row < 0 || column < 0) return { row: Math.max(row, -1), column: Math.max(column, -1) }
  } while (cellAt(board, { row, column }) === OUTSIDE)
  return { row, column }
}
