import { describe, expect, it } from 'vitest'

import { intentOf, moved } from '@/features/poll/grid/keyboard'
import { makeBoard } from '@/shared/time/board'

const key = (name: string, held: Partial<KeyboardEventInit> = {}) =>
  new KeyboardEvent('keydown', { key: name, ...held })

describe('a key', () => {
  it.each([
    ['ArrowUp', 'up'],
    ['ArrowRight', 'right'],
    ['PageDown', 'hourDown'],
    ['Home', 'rowStart'],
  ])('%s moves %s', (name, move) => {
    expect(intentOf(key(name))).toEqual({ do: 'move', move })
  })

  it('extends what it moves with Shift', () => {
    expect(intentOf(key('ArrowDown', { shiftKey: true }))).toEqual({ do: 'extend', move: 'down' })
  })

  it('goes to the corners with Control', () => {
    expect(intentOf(key('Home', { ctrlKey: true }))).toEqual({ do: 'move', move: 'first' })
    expect(intentOf(key('End', { ctrlKey: true }))).toEqual({ do: 'move', move: 'last' })
  })

  it('chooses the brush by its figure, wherever that is written on the keyboard', () => {
    expect(intentOf(key('1', { code: 'Digit1' }))).toEqual({ do: 'brush', brush: 1 })
    expect(intentOf(key('é', { code: 'Digit2' }))).toEqual({ do: 'brush', brush: 2 })
    expect(intentOf(key('0', { code: 'Numpad0' }))).toEqual({ do: 'brush', brush: 0 })
    expect(intentOf(key('4', { code: 'Digit4' }))).toBeNull()
  })

  it('undoes by the key Z, whatever letter the layout gives it', () => {
    expect(intentOf(key('я', { code: 'KeyZ', ctrlKey: true }))).toEqual({ do: 'undo' })
    expect(intentOf(key('z', { code: 'KeyZ', metaKey: true }))).toEqual({ do: 'undo' })
    expect(intentOf(key('Z', { code: 'KeyZ', ctrlKey: true, shiftKey: true }))).toEqual({
      do: 'redo',
    })
    expect(intentOf(key('z', { code: 'KeyZ' }))).toBeNull()
  })

  it.each([
    ['A with Control', key('a', { code: 'KeyA', ctrlKey: true })],
    ['an arrow with Alt', key('ArrowLeft', { altKey: true })],
    ['an arrow with Control', key('ArrowLeft', { ctrlKey: true })],
    ['Tab', key('Tab')],
    ['a letter', key('k', { code: 'KeyK' })],
  ])('leaves %s to the browser', (_, pressed) => {
    expect(intentOf(pressed)).toBeNull()
  })
})

describe('a move', () => {
  /** Two hours on the first and the third of three days; 10:00–11:00 only on the second. */
  const board = makeBoard(
    [
      { start: '2030-01-07T09:00:00Z', end: '2030-01-07T11:00:00Z' },
      { start: '2030-01-08T10:00:00Z', end: '2030-01-08T11:00:00Z' },
      { start: '2030-01-09T09:00:00Z', end: '2030-01-09T11:00:00Z' },
    ],
    30,
    'UTC',
  )
  const all = { first: 0, end: 3 }
  const from = (row: number, column: number) => (move: Parameters<typeof moved>[2]) =>
    moved(board, { row, column }, move, all)

  it('goes to the neighbour', () => {
    expect(from(2, 1)('down')).toEqual({ row: 3, column: 1 })
    expect(from(2, 1)('left')).toEqual({ row: 2, column: 0 })
  })

  it('passes over what is not part of the poll', () => {
    expect(from(0, 0)('right')).toEqual({ row: 0, column: 2 })
  })

  it('comes to the head above, and to the hours on the left', () => {
    expect(from(0, 0)('up')).toEqual({ row: -1, column: 0 })
    expect(from(2, 1)('up')).toEqual({ row: -1, column: 1 })
    expect(from(1, 0)('left')).toEqual({ row: 1, column: -1 })
  })

  it('comes back from there', () => {
    expect(from(-1, 1)('down')).toEqual({ row: 2, column: 1 })
    expect(from(0, -1)('right')).toEqual({ row: 0, column: 0 })
  })

  it('stays where there is nothing beyond', () => {
    expect(from(3, 0)('down')).toBeNull()
    expect(from(0, 2)('right')).toBeNull()
  })

  it('goes an hour up and down, and no further than the grid', () => {
    expect(from(0, 0)('hourDown')).toEqual({ row: 2, column: 0 })
    expect(from(3, 0)('hourDown')).toEqual({ row: 3, column: 0 })
  })

  it('goes to the ends of the row and to the corners', () => {
    expect(from(2, 1)('rowStart')).toEqual({ row: 2, column: 0 })
    expect(from(2, 1)('rowEnd')).toEqual({ row: 2, column: 2 })
    expect(from(2, 1)('first')).toEqual({ row: 0, column: 0 })
    expect(from(2, 1)('last')).toEqual({ row: 3, column: 2 })
  })

  it('goes beyond the page of days that is shown', () => {
    const page = { first: 0, end: 1 }
    expect(moved(board, { row: 2, column: 0 }, 'right', page)).toEqual({ row: 2, column: 1 })
    expect(moved(board, { row: 2, column: 0 }, 'rowEnd', page)).toEqual({ row: 2, column: 0 })
  })
})
