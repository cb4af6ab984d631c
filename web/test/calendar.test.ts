import { describe, expect, it } from 'vitest'

import {
  addDays,
  addMonths,
  daysThatComeAlong,
  moved,
  weekdayOf,
  weeksOf,
} from '@/features/poll-create/calendar'

describe('the calendar', () => {
  it('knows months, years and leap days', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addDays('2029-12-31', 1)).toBe('2030-01-01')
    expect(addMonths('2030-01-31', 1)).toBe('2030-02-28')
    expect(addMonths('2030-03-31', -1)).toBe('2030-02-28')
    expect(weekdayOf('2030-01-06')).toBe(7)
  })

  it('begins its weeks on the day that the region begins them on', () => {
    expect(weeksOf('2030-01', 1)[0]?.[0]).toBe('2029-12-31')
    expect(weeksOf('2030-01', 7)[0]?.[0]).toBe('2029-12-30')
    expect(weeksOf('2030-01', 6)[0]?.[0]).toBe('2029-12-29')
  })

  it.each([
    ['ArrowRight', '2030-02-01'],
    ['ArrowUp', '2030-01-24'],
    ['Home', '2030-01-28'],
    ['End', '2030-02-03'],
    ['PageDown', '2030-02-28'],
  ])('%s leads from 31 January to %s', (key, to) => {
    expect(moved('2030-01-31', key, false, 1)).toBe(to)
  })

  it('does nothing with other keys', () => {
    expect(moved('2030-01-31', 'a', false, 1)).toBeUndefined()
  })
})

describe('single days', () => {
  it('of one week make a poll, whichever they are', () => {
    expect(daysThatComeAlong(['2030-01-11', '2030-01-07'])).toEqual([])
  })

  it('of the same weekday make a poll over weeks', () => {
    expect(daysThatComeAlong(['2030-01-07', '2030-01-14', '2030-01-21'])).toEqual([])
  })

  it('bring along those of the same weekdays in between', () => {
    expect(daysThatComeAlong(['2030-01-07', '2030-01-21', '2030-01-22'])).toEqual([
      '2030-01-08',
      '2030-01-14',
      '2030-01-15',
    ])
  })
})
