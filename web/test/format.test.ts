import { beforeEach, describe, expect, it, test, vi } from 'vitest'

import { firstWords, useLocale, type Locale } from '@/shared/i18n'
import {
  firstWeekday,
  formatDay,
  formatDuration,
  formatMinute,
  formatOffset,
  formatRange,
  formatRelative,
  formatTime,
  formatTimes,
  isoDuration,
  minutesOf,
} from '@/shared/time/format'
import { cityOf } from '@/shared/time/places'
import { HOUR } from '@/shared/time/zone'

const NOW = Date.parse('2027-01-20T08:00:00Z')
const BERLIN = 'Europe/Berlin'
/** Nine o'clock on a Wednesday in Berlin. */
const NINE = Date.parse('2027-03-10T08:00:00Z')

/** A page in a language, in a browser of some region. */
async function read(locale: Locale, browser: string): Promise<void> {
  vi.spyOn(navigator, 'language', 'get').mockReturnValue(browser)
  await useLocale().choose(locale)
}

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
  await firstWords()
})

describe.each([
  {
    locale: 'en',
    browser: 'en-GB',
    range: 'Wed 10 March, 09:00–10:45',
    night: 'Wed 10 March, 09:00 – Thu 02:00',
    fortnight: 'Wed 10 March, 09:00 – Wed 24 March 09:00',
    twice: '02:30 (UTC+2)–02:30 (UTC+1)',
    styles: ['Wed 10 Mar', 'Wed 10 March', 'Wednesday 10 March', 'Wed', '10 Mar'],
    duration: '1 h 30 min',
    days: '2 days 1 h',
    ahead: 'in 2 min 5 s',
    ago: '3 h 2 min ago',
    weekday: 1,
  },
  {
    locale: 'ru',
    browser: 'ru-RU',
    range: 'ср, 10 марта, 09:00–10:45',
    night: 'ср, 10 марта, 09:00 – чт 02:00',
    fortnight: 'ср, 10 марта, 09:00 – ср, 24 марта 09:00',
    twice: '02:30 (UTC+2)–02:30 (UTC+1)',
    styles: ['ср, 10 мар.', 'ср, 10 марта', 'среда, 10 марта', 'ср', '10 мар.'],
    duration: '1 ч 30 мин',
    days: '2 дня 1 ч',
    ahead: 'через 2 мин 5 с',
    ago: '3 ч 2 мин назад',
    weekday: 1,
  },
  {
    locale: 'en',
    browser: 'en-US',
    range: 'Wed, March 10, 9:00 AM–10:45 AM',
    night: 'Wed, March 10, 9:00 AM – Thu 2:00 AM',
    fortnight: 'Wed, March 10, 9:00 AM – Wed, March 24 9:00 AM',
    twice: '2:30 AM (UTC+2)–2:30 AM (UTC+1)',
    styles: ['Wed, Mar 10', 'Wed, March 10', 'Wednesday, March 10', 'Wed', 'Mar 10'],
    duration: '1 h 30 min',
    days: '2 days 1 h',
    ahead: 'in 2 min 5 s',
    ago: '3 h 2 min ago',
    weekday: 7,
  },
] as const)('in $locale, in a browser of $browser', (expected) => {
  beforeEach(() => read(expected.locale, expected.browser))

  it('tells ranges, with the day of an end that is on another', () => {
    expect(plain(formatRange(NINE, NINE + 1.75 * HOUR, BERLIN))).toBe(expected.range)
    expect(plain(formatRange(NINE, NINE + 17 * HOUR, BERLIN))).toBe(expected.night)
    expect(plain(formatRange(NINE, NINE + 14 * 24 * HOUR, BERLIN))).toBe(expected.fortnight)
  })

  it('tells a time that comes twice with its offset', () => {
    const first = Date.parse('2027-10-31T00:30:00Z')
    expect(plain(formatTimes(first, first + HOUR, BERLIN))).toBe(expected.twice)
  })

  it('tells days in each style', () => {
    const styles = (['short', 'medium', 'long', 'weekday', 'date'] as const).map((style) =>
      formatDay('2027-03-10', 'Asia/Tokyo', style),
    )
    expect(styles).toEqual(expected.styles)
  })

  it('tells durations and distances', () => {
    expect(formatDuration('PT90M')).toBe(expected.duration)
    expect(formatDuration(2 * 1440 + 60)).toBe(expected.days)
    expect(formatRelative(NOW + 125_000)).toBe(expected.ahead)
    expect(formatRelative(NOW - 3 * HOUR - 125_000)).toBe(expected.ago)
  })

  it('knows with which day a week begins', () => {
    expect(firstWeekday()).toBe(expected.weekday)
  })
})

/** Some versions of ICU part a time from its "AM" by a narrow space. */
function plain(text: string): string {
  return text.replaceAll('\u202F', ' ')
}

describe('in any language', () => {
  beforeEach(() => read('en', 'en-GB'))

  it('takes a midnight at the end for the end of that day', () => {
    expect(formatTimes(NINE, NINE + 15 * HOUR, BERLIN)).toBe('09:00–00:00')
  })

  it('tells an end at which the clocks are changed as they would have gone on', () => {
    const spring = Date.parse('2027-03-28T01:00:00Z')
    const autumn = Date.parse('2027-10-31T01:00:00Z')
    expect(formatTimes(spring - HOUR / 2, spring, BERLIN)).toBe('01:30–02:00')
    expect(formatTimes(autumn - HOUR / 2, autumn, BERLIN)).toBe('02:30 (UTC+2)–03:00')
  })

  it('tells the year of days that are far away', () => {
    expect(formatDay('2027-07-01', 'UTC')).toBe('Thu 1 July')
    expect(formatDay('2028-03-10', 'UTC')).toContain('10 March 2028')
    expect(formatDay(Date.parse('2028-03-10T20:00:00Z'), 'Asia/Tokyo')).toContain('11 March 2028')
    expect(formatDay('2028-03-10', 'UTC', 'weekday')).toBe('Fri')
  })

  it('takes a date for itself in every zone', () => {
    expect(formatDay('2027-03-10', 'Pacific/Kiritimati')).toBe('Wed 10 March')
    expect(formatDay('2027-03-10', 'Pacific/Marquesas')).toBe('Wed 10 March')
  })

  it('tells a time as the clocks of the zone show it', () => {
    expect(formatTime(NINE, 'Asia/Kathmandu')).toBe('13:45')
    expect(formatMinute(555)).toBe('09:15')
  })

  it('leaves out units that are zero, and tells nothing as no minutes', () => {
    expect(formatDuration('PT2H')).toBe('2 h')
    expect(formatDuration(1440)).toBe('1 day')
    expect(formatDuration(0)).toBe('0 min')
    expect(formatRelative(NOW + 400)).toBe('now')
    expect(formatRelative(NOW + 59_600)).toBe('in 1 min')
  })
})

test('Russian counts days as it does', async () => {
  await read('ru', 'ru-RU')
  const days = [1, 2, 5, 21].map((count) => formatDuration(count * 1440))
  expect(days).toEqual(['1 день', '2 дня', '5 дней', '21 день'])
})

test('the hours are those of the region only where it speaks the language of the page', async () => {
  await read('ru', 'en-US')
  expect(formatTime(NINE, BERLIN)).toBe('09:00')
  await read('en', 'ru-RU')
  expect(formatTime(NINE, BERLIN)).toBe('09:00')
  await read('en', 'en')
  expect(formatTime(NINE, BERLIN)).toBe('09:00')
})

test.each([
  [0, 'UTC'],
  [60, 'UTC+1'],
  [345, 'UTC+5:45'],
  [-210, 'UTC−3:30'],
  [840, 'UTC+14'],
])('an offset of %d minutes is %s', (minutes, text) => {
  expect(formatOffset(minutes)).toBe(text)
})

test.each([
  ['PT15M', 15],
  ['PT1H30M', 90],
  ['P1DT2H', 1560],
  ['P1W', 10_080],
  ['PT90S', 1.5],
  ['PT0S', 0],
])('%s is %d minutes', (iso, minutes) => {
  expect(minutesOf(iso)).toBe(minutes)
})

test.each(['', 'P', '90', 'PT', 'PT1X', 'P1M'])('%j is no duration', (text) => {
  expect(() => minutesOf(text)).toThrow(RangeError)
})

test('minutes are told to the API as a duration that it gives back', () => {
  expect(minutesOf(isoDuration(75))).toBe(75)
})

test('cities have the names that people of the language know', async () => {
  await read('en', 'en-GB')
  const zones = ['Europe/Kiev', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta', 'UTC', BERLIN]
  expect(zones.map(cityOf)).toEqual(['Kyiv', 'Buenos Aires', 'Kolkata', 'UTC', 'Berlin'])
  await read('ru', 'ru-RU')
  expect(zones.map(cityOf)).toEqual(['Киев', 'Буэнос-Айрес', 'Калькутта', 'UTC', 'Берлин'])
})
