import { describe, expect, it, test } from 'vitest'

import {
  OUTSIDE,
  SKIPPED,
  cellMinutesOf,
  cellParameter,
  makeBoard,
  type Board,
} from '@/shared/time/board'
import { DAY, HOUR, MINUTE } from '@/shared/time/zone'

import { Temporal, ZONES, changesOf, instantsOf, shownAt } from './clocks'
import { seeded } from './random'

const pick = seeded(6)

interface Slot {
  start: string
  end: string
}

function text(instant: number): string {
  return new Date(instant).toISOString()
}

/** The slots of a poll of some days in one zone, as the API expands them. */
function dailySlots(from: string, days: number, zone: string, hours: [number, number]): Slot[] {
  const first = Temporal.PlainDate.from(from)
  return Array.from({ length: days }, (_, day) => {
    const date = first.add({ days: day }).toPlainDateTime()
    const [start, end] = hours.map((hour) => date.add({ hours: hour }).toZonedDateTime(zone))
    return { start: text(start?.epochMilliseconds ?? 0), end: text(end?.epochMilliseconds ?? 0) }
  })
}

/** A poll around an instant: round the clock, or some hours of a day of another zone. */
function pollAround(instant: number): Slot[] {
  const from = shownAt(instant - pick.whole(1, 4) * DAY, 'UTC')
    .toPlainDate()
    .toString()
  const zone = pick.oneOf(ZONES)
  const opens = pick.whole(0, 20)
  const hours: [number, number] =
    pick.whole(0, 3) === 0 ? [0, 24] : [opens, pick.whole(opens + 1, 25)]
  return dailySlots(from, pick.whole(2, 6), zone, hours)
}

function columnOf(board: Board, place: number) {
  return board.columns[place % board.columns.length]
}

function rowOf(board: Board, place: number) {
  return board.rows[Math.floor(place / board.columns.length)]
}

/** How the board reads, like "00:00 1 2" or "02:30b 5 ·": days beside each other; gaps are "x". */
function read(board: Board): string[] {
  const width = board.columns.length
  return board.rows.map(({ minute, fold }, row) => {
    const time = `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`
    const cells = board.cells.slice(row * width, (row + 1) * width)
    const shown = Array.from(cells, (cell) =>
      cell === OUTSIDE ? '·' : cell === SKIPPED ? 'x' : cell,
    )
    return [time + (fold ? 'b' : ''), ...shown].join(' ')
  })
}

describe.each(ZONES)('around the days on which clocks change in %s', (zone) => {
  const boards = changesOf(zone, 2027, 2).flatMap((change) =>
    Array.from({ length: 2 }, () =>
      makeBoard(pollAround(change), pick.oneOf([15, 16, 30, 60, 90, 120]), zone),
    ),
  )

  it('has every cell exactly once, where the clocks say', () => {
    for (const board of boards) {
      expect(board.cells.filter((cell) => cell >= 0)).toHaveLength(board.starts.length)
      for (const [cell, place] of board.places.entries()) {
        const start = board.starts[cell] ?? 0
        const shown = shownAt(start, zone)
        const [column, row] = [columnOf(board, place), rowOf(board, place)]
        expect(board.cells[place]).toBe(cell)
        expect(column?.date).toBe(shown.toPlainDate().toString())
        expect(row?.minute).toBe(shown.hour * 60 + shown.minute)
        const all = instantsOf(column?.date ?? '', row?.minute ?? 0, zone)
        expect(row?.fold).toBe(all.indexOf(start))
        if (all.length === 2) expect(row?.offset).toBe(shown.offsetNanoseconds / 6e10)
      }
    }
  })

  it('marks as skipped the times that do not exist, and no others', () => {
    for (const board of boards) {
      for (const [place, cell] of board.cells.entries()) {
        if (cell >= 0) continue
        const { minute = 0, fold = 0 } = rowOf(board, place) ?? {}
        const exists = instantsOf(columnOf(board, place)?.date ?? '', minute, zone).length > 0
        expect(cell).toBe(exists || fold ? OUTSIDE : SKIPPED)
      }
    }
  })

  it('tells the offset of each day, and whether it shifts', () => {
    for (const board of boards) {
      for (const { date, offset, shifts } of board.columns) {
        const offsets = [...board.starts]
          .map((start) => shownAt(start, zone))
          .filter((shown) => shown.toPlainDate().toString() === date)
          .map((shown) => shown.offsetNanoseconds / 6e10)
        expect(offset).toBe(offsets[0])
        expect(shifts).toBe(new Set(offsets).size > 1)
      }
    }
  })

  it('keeps the order of time within each day', () => {
    for (const board of boards) {
      for (let column = 0; column < board.columns.length; column++) {
        const cells = board.rows
          .map((_, row) => board.cells[row * board.columns.length + column] ?? OUTSIDE)
          .filter((cell) => cell >= 0)
        expect(cells).toEqual(cells.toSorted((one, other) => one - other))
      }
    }
  })
})

test('an hour that the clocks skip is told from one outside of the poll', () => {
  const slots = dailySlots('2027-03-27', 3, 'Europe/Berlin', [1, 4])
  expect(read(makeBoard(slots, 60, 'Europe/Berlin'))).toEqual([
    '1:00 0 3 5',
    '2:00 1 x 6',
    '3:00 2 4 7',
  ])
})

test('an hour that comes twice has its second rows below its first, with their offsets', () => {
  const board = makeBoard(dailySlots('2027-10-31', 2, 'Europe/Berlin', [1, 4]), 30, 'Europe/Berlin')
  expect(read(board)).toEqual([
    '1:00 0 8',
    '1:30 1 9',
    '2:00 2 10',
    '2:30 3 11',
    '2:00b 4 ·',
    '2:30b 5 ·',
    '3:00 6 12',
    '3:30 7 13',
  ])
  expect(board.rows.map(({ offset }) => offset ?? null)).toEqual([
    null,
    null,
    120,
    120,
    60,
    60,
    null,
    null,
  ])
  expect(board.columns).toEqual([
    { date: '2027-10-31', offset: 120, shifts: true },
    { date: '2027-11-01', offset: 60, shifts: false },
  ])
})

test('clocks that are set back by half an hour repeat half an hour', () => {
  const slots = dailySlots('2027-04-04', 2, 'Australia/Lord_Howe', [1, 3])
  expect(read(makeBoard(slots, 30, 'Australia/Lord_Howe'))).toEqual([
    '1:00 0 5',
    '1:30 1 6',
    '1:30b 2 ·',
    '2:00 3 7',
    '2:30 4 8',
  ])
})

test.each([
  ['Europe/Berlin', '2027-03-28', 92, 0],
  ['Europe/Berlin', '2027-10-31', 100, 4],
  ['America/New_York', '2027-11-07', 100, 4],
  ['Africa/Casablanca', '2027-02-07', 100, 4],
  ['Australia/Lord_Howe', '2027-04-04', 98, 2],
  ['Asia/Kathmandu', '2027-03-28', 96, 0],
])('in %s %s has %d quarters of an hour, %d of them a second time', (zone, date, count, again) => {
  const board = makeBoard(dailySlots(date, 1, zone, [0, 24]), 15, zone)
  expect(board.columns).toHaveLength(1)
  expect(board.starts).toHaveLength(count)
  expect(board.rows.filter(({ fold }) => fold)).toHaveLength(again)
})

test('an evening in one zone lies on two days of another', () => {
  const slots = dailySlots('2027-01-13', 2, 'Europe/Berlin', [18, 22])
  expect(read(makeBoard(slots, 60, 'Asia/Kathmandu'))).toEqual([
    '0:45 · 2 6',
    '1:45 · 3 7',
    '22:45 0 4 ·',
    '23:45 1 5 ·',
  ])
})

test('days without a cell have no column', () => {
  const slots = [
    ...dailySlots('2027-01-15', 1, 'UTC', [9, 10]),
    ...dailySlots('2027-01-18', 1, 'UTC', [9, 10]),
  ]
  const dates = makeBoard(slots, 60, 'UTC').columns.map(({ date }) => date)
  expect(dates).toEqual(['2027-01-15', '2027-01-18'])
})

test('the last cell of a slot is cut at its end, and the next slot begins with a cell of its own', () => {
  const board = makeBoard(
    [
      { start: '2027-01-15T12:00:00Z', end: '2027-01-15T12:30:00Z' },
      { start: '2027-01-15T09:10:00+00:00', end: '2027-01-15T10:00:00Z' },
    ],
    20,
    'UTC',
  )
  const starts = [...board.starts].map((start) => text(start).slice(11, 16))
  expect(starts.join(' ')).toBe('09:10 09:30 09:50 12:00 12:20')
  const lengths = [...board.ends].map((end, cell) => (end - (board.starts[cell] ?? 0)) / MINUTE)
  expect(lengths).toEqual([20, 20, 10, 20, 10])
})

test('slots that touch are one: their cells are counted through', () => {
  const board = makeBoard(
    [
      { start: '2027-01-15T10:00:00Z', end: '2027-01-15T11:00:00Z' },
      { start: '2027-01-15T09:30:00Z', end: '2027-01-15T10:00:00Z' },
    ],
    60,
    'UTC',
  )
  expect(read(board)).toEqual(['9:30 0', '10:30 1'])
})

test('slots that begin within a minute keep their rows apart', () => {
  const slots = [
    { start: '2027-01-15T09:00:30Z', end: '2027-01-15T10:00:30Z' },
    { start: '2027-01-16T09:00:00Z', end: '2027-01-16T10:00:00Z' },
  ]
  const board = makeBoard(slots, 30, 'UTC')
  expect(board.rows.map(({ minute }) => minute)).toEqual([540, 540.5, 570, 570.5])
  expect([...board.cells]).toEqual([OUTSIDE, 2, 0, OUTSIDE, OUTSIDE, 3, 1, OUTSIDE])
})

test('a poll without slots is an empty board', () => {
  const board = makeBoard([], 30, 'Europe/Berlin')
  expect([board.columns, board.rows, board.starts.length]).toEqual([[], [], 0])
})

test.each([
  ['PT1M', 15],
  ['PT2M', 16],
  ['PT5M', 15],
  ['PT8M', 16],
  ['PT10M', 20],
  ['PT12M', 24],
  ['PT15M', 15],
  ['PT1H', 60],
  ['PT1H30M', 90],
  ['P1D', 1440],
])('a poll with a step of %s is shown in cells of %d minutes', (step, minutes) => {
  expect(cellMinutesOf(step)).toBe(minutes)
})

test('a cell is asked for as a duration', () => {
  expect(cellParameter(90)).toBe('PT90M')
})

function fastest(times: number, work: () => unknown): number {
  const lengths = Array.from({ length: times }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return Math.min(...lengths)
}

describe('time it takes', () => {
  it('lays out 1,344 cells in a few milliseconds', () => {
    const slots = dailySlots('2027-03-20', 14, 'Europe/Berlin', [0, 24])
    expect(fastest(20, () => makeBoard(slots, 15, 'America/New_York'))).toBeLessThan(3)
  })

  it('lays out a year around the clock in less than a blink', () => {
    const slots = [{ start: '2027-01-01T00:00:00Z', end: '2028-01-02T00:00:00Z' }]
    expect(makeBoard(slots, 15, 'Europe/Berlin').starts).toHaveLength((366 * 24 * HOUR) / 9e5)
    expect(fastest(5, () => makeBoard(slots, 15, 'Europe/Berlin'))).toBeLessThan(100)
  })
})
