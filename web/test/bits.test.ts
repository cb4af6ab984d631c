import { describe, expect, it, test } from 'vitest'

import { decodeBits } from '@/shared/bits/bitset'
import {
  CLEAR,
  FREE,
  IF_NEEDED,
  PREFERRED,
  intervalsOf,
  keptWithout,
  levelsOf,
  type Interval,
} from '@/shared/bits/levels'
import { makeBoard } from '@/shared/time/board'
import { HOUR, MINUTE } from '@/shared/time/zone'

import { seeded } from './random'

const MORNING = Date.parse('2030-01-07T09:00:00Z')
/** Nine to twelve, and one to ten past two, in half hours: the last cell is one of ten minutes. */
const board = makeBoard([span('09:00', '12:00'), span('13:00', '14:10')], 30, 'UTC')

function span(start: string, end: string): Interval {
  return { start: `2030-01-07T${start}:00Z`, end: `2030-01-07T${end}:00Z` }
}

function free(start: string, end: string): Interval {
  return { ...span(start, end), preference: 'available' }
}

function ifNeeded(start: string, end: string): Interval {
  return { ...span(start, end), preference: 'if_needed' }
}

function preferred(start: string, end: string): Interval {
  return { ...span(start, end), preference: 'preferred' }
}

function levels(intervals: Interval[]): string {
  return levelsOf(board, intervals).levels.join('')
}

test('a cell is set only where all of it is free', () => {
  expect(levels([span('09:00', '10:00')])).toBe('110000000')
  expect(levels([span('09:10', '10:20')])).toBe('010000000')
  expect(levels([span('09:10', '09:20')])).toBe('000000000')
  expect(levels([span('08:00', '23:00')])).toBe('111111111')
})

test('a shorter last cell is set where all of it is free', () => {
  expect(levels([span('14:00', '14:10')])).toBe('000000001')
  expect(levels([span('14:00', '14:05')])).toBe('000000000')
})

test('intervals that touch set the cell that they fill together', () => {
  expect(levels([span('09:00', '09:10'), span('09:10', '09:30')])).toBe('100000000')
})

test('where intervals overlap, the more preferred one holds', () => {
  expect(
    levels([ifNeeded('09:00', '11:00'), preferred('09:30', '10:00'), free('09:00', '10:30')]),
  ).toBe('131200000')
})

test('a cell of several levels shows the least of them', () => {
  expect(levels([preferred('09:00', '09:20'), free('09:20', '10:00')])).toBe('110000000')
  expect(levels([free('09:00', '09:20'), ifNeeded('09:20', '09:30')])).toBe('200000000')
  expect(levels([free('09:00', '09:20'), ifNeeded('09:25', '09:30')])).toBe('000000000')
})

test('what lies on the cells needs nothing kept', () => {
  const { kept } = levelsOf(board, [free('09:00', '10:30'), preferred('13:30', '14:10')])
  expect(kept).toEqual([])
})

test('what begins or ends within a cell, or lies outside of all, is kept', () => {
  const { kept } = levelsOf(board, [free('08:10', '10:20'), ifNeeded('12:30', '13:30')])
  expect(kept).toEqual([free('08:10', '09:00'), free('10:00', '10:20'), ifNeeded('12:30', '13:00')])
})

test('runs of a level become one interval each, and cells that do not touch two', () => {
  expect(intervalsOf(board, Uint8Array.of(1, 1, 2, 3, 3, 1, 1, 0, 1))).toEqual([
    free('09:00', '10:00'),
    ifNeeded('10:00', '10:30'),
    preferred('10:30', '11:30'),
    free('11:30', '12:00'),
    free('13:00', '13:30'),
    free('14:00', '14:10'),
  ])
})

test('an interval joins its kept ends again', () => {
  const intervals = [free('08:10', '10:20')]
  const { levels: read, kept } = levelsOf(board, intervals)
  expect(intervalsOf(board, read, kept)).toEqual(intervals)
})

test('instants keep their microseconds', () => {
  const exact = { ...free('09:10', '10:20'), start: '2030-01-07T09:10:00.123456Z' }
  const { levels: read, kept } = levelsOf(board, [exact])
  expect(intervalsOf(board, read, kept)).toEqual([exact])
  const from = { start: '2030-01-07T09:00:00.000007Z', end: '2030-01-07T10:00:00.500Z' }
  expect(intervalsOf(makeBoard([from], 30, 'UTC'), Uint8Array.of(1, 1, 1))).toEqual([
    { ...from, preference: 'available' },
  ])
})

test('painting the cell of a kept end cuts it there, and nowhere else', () => {
  const { levels: read, kept } = levelsOf(board, [free('08:10', '10:20')])
  read[2] = IF_NEEDED
  expect(intervalsOf(board, read, kept)).toEqual([
    free('08:10', '10:00'),
    ifNeeded('10:00', '10:30'),
  ])
})

test('a cell that is cleared loses also what of it was kept', () => {
  const { kept } = levelsOf(board, [free('09:10', '10:20')])
  const rest = keptWithout(board, kept, [0])
  expect(rest).toEqual([free('10:00', '10:20')])
  expect(intervalsOf(board, new Uint8Array(9), rest)).toEqual([free('10:00', '10:20')])
})

test('cells that are touched in any order, several times, cut what is kept', () => {
  const kept = [free('08:10', '08:20'), free('09:10', '09:20'), free('13:05', '13:25')]
  expect(keptWithout(board, kept, [6, 0, 6])).toEqual([free('08:10', '08:20')])
  expect(keptWithout(board, kept, [])).toEqual(kept)
  expect(keptWithout(board, [], [1])).toEqual([])
})

/** Counted from an hour before the first slot. */
function minuteAt(instant = 0): number {
  return (instant - MORNING + HOUR) / MINUTE
}

/** The level of each minute of half a day. */
function minutes(intervals: Interval[]): string {
  const found = new Uint8Array(12 * 60)
  for (const [preference, level] of [
    ['if_needed', IF_NEEDED],
    ['available', FREE],
    ['preferred', PREFERRED],
  ] as const) {
    for (const interval of intervals) {
      if ((interval.preference ?? 'available') !== preference) continue
      found.fill(level, minuteAt(Date.parse(interval.start)), minuteAt(Date.parse(interval.end)))
    }
  }
  return found.join('')
}

function minutesOfCell(cell: number): [from: number, beyond: number] {
  return [minuteAt(board.starts[cell]), minuteAt(board.ends[cell])]
}

describe('for schedules of any kind', () => {
  const pick = seeded(8_128)
  const PREFERENCES = ['available', 'if_needed', 'preferred', undefined] as const

  function schedule(): Interval[] {
    const grid = pick.oneOf([1, 10, 30])
    return Array.from({ length: pick.whole(0, 12) }, () => {
      const start = MORNING + pick.whole(-60 / grid, 330 / grid) * grid * MINUTE
      const end = start + pick.whole(1, 180 / grid + 2) * grid * MINUTE
      const preference = pick.oneOf(PREFERENCES)
      const texts = { start: new Date(start).toISOString(), end: new Date(end).toISOString() }
      return preference ? { ...texts, preference } : texts
    })
  }

  it('gives back the same minutes at the same levels', () => {
    for (let round = 0; round < 500; round++) {
      const intervals = schedule()
      const { levels: read, kept } = levelsOf(board, intervals)
      expect(minutes(intervalsOf(board, read, kept))).toBe(minutes(intervals))
    }
  })

  it('gives intervals in order, apart from each other or of different levels', () => {
    for (let round = 0; round < 200; round++) {
      const { levels: read, kept } = levelsOf(board, schedule())
      const given = intervalsOf(board, read, kept)
      for (const [place, { start, end, preference }] of given.entries()) {
        expect(Date.parse(start)).toBeLessThan(Date.parse(end))
        const next = given[place + 1]
        if (!next) continue
        expect(Date.parse(end)).toBeLessThanOrEqual(Date.parse(next.start))
        if (end === next.start) expect(preference).not.toBe(next.preference)
      }
    }
  })

  it('shows the least level of a cell, and none where a minute of it is not free', () => {
    const least = [CLEAR, IF_NEEDED, FREE, PREFERRED]
    for (let round = 0; round < 200; round++) {
      const intervals = schedule()
      const expected = [...board.starts].map((_, cell) => {
        const held = new Set(minutes(intervals).slice(...minutesOfCell(cell)))
        return least.find((level) => held.has(String(level)))
      })
      expect([...levelsOf(board, intervals).levels]).toEqual(expected)
    }
  })

  it('changes the minutes of the painted cells, and no other', () => {
    for (let round = 0; round < 300; round++) {
      const intervals = schedule()
      const { levels: read, kept } = levelsOf(board, intervals)
      const [first, level] = [pick.whole(0, 9), pick.oneOf([CLEAR, FREE, IF_NEEDED, PREFERRED])]
      const painted = [first, Math.min(8, first + 1)]
      for (const cell of painted) read[cell] = level
      const expected = [...minutes(intervals)]
      for (const cell of painted) {
        const [from, beyond] = minutesOfCell(cell)
        expected.fill(String(level), from, beyond)
      }
      const rest = keptWithout(board, kept, painted)
      expect(minutes(intervalsOf(board, read, rest))).toBe(expected.join(''))
    }
  })

  it('reads a year of quarters of an hour at once', () => {
    const year = makeBoard(
      [{ start: '2030-01-01T00:00:00Z', end: '2031-01-02T00:00:00Z' }],
      15,
      'UTC',
    )
    const start = Date.parse('2030-01-01T00:00:00Z')
    const many = Array.from({ length: 2000 }, (_, day) => ({
      start: new Date(start + day * 4 * HOUR).toISOString(),
      end: new Date(start + day * 4 * HOUR + 95 * MINUTE).toISOString(),
    }))
    const began = performance.now()
    const { levels: read, kept } = levelsOf(year, many)
    expect(intervalsOf(year, read, kept)).toHaveLength(2000)
    expect(performance.now() - began).toBeLessThan(300)
  })
})

test('bits are read from the lowest of each byte on', () => {
  expect(decodeBits('fwA', 10).join('')).toBe('1111111000')
  expect(decodeBits('QAA', 10).join('')).toBe('0000001000')
  expect(decodeBits('_-8', 10).join('')).toBe('1111111111')
  expect(decodeBits('', 0)).toHaveLength(0)
})
