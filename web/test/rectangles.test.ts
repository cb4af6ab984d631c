import { describe, expect, it } from 'vitest'

import {
  boxesAround,
  cellsBetween,
  cellsOfDay,
  cellsOfHour,
  cellsWithin,
  hoursOf,
} from '@/features/poll/grid/rectangles'
import { reachFrom, runsOf } from '@/features/poll/list/dayRuns'
import { makeBoard } from '@/shared/time/board'

/** 9–12 on Monday and on Tuesday, and Tuesday evening 18–19, by half hours: cells 0–5, 6–11, 12–13. */
const board = makeBoard(
  [
    { start: '2030-01-07T09:00:00Z', end: '2030-01-07T12:00:00Z' },
    { start: '2030-01-08T09:00:00Z', end: '2030-01-08T12:00:00Z' },
    { start: '2030-01-08T18:00:00Z', end: '2030-01-08T19:00:00Z' },
  ],
  30,
  'UTC',
)
const at = (time: string) => Date.parse(`2030-01-${time}Z`)

describe('a rectangle', () => {
  it('holds its cells in the order of time, whichever corners it is given', () => {
    const corners = [
      { row: 1, column: 0 },
      { row: 2, column: 1 },
    ] as const
    expect(cellsBetween(board, corners[0], corners[1])).toEqual([1, 2, 7, 8])
    expect(cellsBetween(board, corners[1], corners[0])).toEqual([1, 2, 7, 8])
  })

  it('leaves out what is not part of the poll', () => {
    const evening = { row: 6, column: 0 }
    expect(cellsBetween(board, evening, { row: 7, column: 1 })).toEqual([12, 13])
    expect(cellsBetween(board, evening, evening)).toEqual([])
  })
})

it('a day is all of its cells, with its gaps', () => {
  expect(cellsOfDay(board, 1)).toEqual([6, 7, 8, 9, 10, 11, 12, 13])
})

describe('an hour', () => {
  it('is the rows of one hour of the clock, and knows when times before it are missing', () => {
    expect(hoursOf(board)).toEqual([
      { first: 0, rows: 2, gap: false },
      { first: 2, rows: 2, gap: false },
      { first: 4, rows: 2, gap: false },
      { first: 6, rows: 2, gap: true },
    ])
  })

  it('is on all days', () => {
    expect(cellsOfHour(board, hoursOf(board), 3)).toEqual([2, 3, 8, 9])
  })

  it('that comes twice is two', () => {
    const fold = makeBoard(
      [{ start: '2026-10-25T00:00:00Z', end: '2026-10-25T02:00:00Z' }],
      30,
      'Europe/Berlin',
    )
    expect(hoursOf(fold)).toEqual([
      { first: 0, rows: 2, gap: false },
      { first: 2, rows: 2, gap: false },
    ])
  })
})

describe('an outline', () => {
  it('goes around the cells that an interval touches', () => {
    const cells = cellsWithin(board, at('07T09:30:00'), at('07T10:15:00'))
    expect(cells).toEqual([1, 2])
    expect(boxesAround(board, cells)).toEqual([{ row: 1, column: 0, rows: 2, columns: 1 }])
  })

  it('is one for each day', () => {
    const cells = cellsWithin(board, at('07T11:30:00'), at('08T09:30:00'))
    expect(boxesAround(board, cells)).toMatchObject([
      { row: 5, column: 0 },
      { row: 0, column: 1 },
    ])
  })
})

describe('a day in words', () => {
  it('has a run for each level, and none across a gap', () => {
    const levels = new Uint8Array(14)
    levels.set([1, 1, 2, 0, 0, 1, 1, 0], 6)
    expect(runsOf(board, levels, 1)).toEqual([
      { cells: [6, 7], level: 1 },
      { cells: [8], level: 2 },
      { cells: [11], level: 1 },
      { cells: [12], level: 1 },
    ])
    expect(runsOf(board, levels, 0)).toEqual([])
  })

  it('lets a time end where the day has a gap', () => {
    expect(reachFrom(board, 1, 10)).toEqual([10, 11])
    expect(reachFrom(board, 1, 12)).toEqual([12, 13])
  })
})
