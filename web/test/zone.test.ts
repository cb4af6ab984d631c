import { describe, expect, it, test, vi } from 'vitest'

import {
  DAY,
  HOUR,
  MINUTE,
  browserZone,
  comesTwice,
  instantOf,
  isZone,
  looksLikeFingerprintProtection,
  offsetAt,
  offsetsOf,
  wallClock,
} from '@/shared/time/zone'

import { ZONES, changesOf, instantsOf, shownAt } from './clocks'
import { seeded } from './random'

const pick = seeded(20_261_128)

/** Around the hours at which clocks are changed, and anywhere. */
function instantsToTry(zone: string): number[] {
  return changesOf(zone, 2026, 4).flatMap((change) =>
    [
      [-MINUTE, 0, MINUTE],
      Array.from({ length: 20 }, () => pick.whole(-240, 240) * MINUTE),
      Array.from({ length: 5 }, () => pick.whole(-DAY * 90, DAY * 90)),
    ].flatMap((distances) => distances.map((distance) => change + distance)),
  )
}

describe.each(ZONES)('%s', (zone) => {
  it('is as far from UTC as Temporal says', () => {
    for (const instant of instantsToTry(zone))
      expect(offsetAt(instant, zone)).toBe(shownAt(instant, zone).offsetNanoseconds / 6e10)
  })

  it('shows the date, the time and which time that comes', () => {
    for (const instant of instantsToTry(zone)) {
      const shown = shownAt(instant, zone)
      const { date, minute, fold } = wallClock(instant, zone)
      expect(date).toBe(shown.toPlainDate().toString())
      expect(minute).toBeCloseTo(
        shown.hour * 60 + shown.minute + (shown.second + shown.millisecond / 1000) / 60,
        6,
      )
      const all = instantsOf(date, Math.floor(minute), zone)
      expect(comesTwice(instant, zone)).toBe(all.length === 2)
      expect(fold).toBe(all.indexOf(instant - (instant % MINUTE)))
    }
  })

  it('finds the instant of a time, and none for a time that is skipped', () => {
    for (const instant of instantsToTry(zone)) {
      const date = shownAt(instant, zone).toPlainDate().toString()
      const minute = pick.whole(0, 1440)
      const [first = null, second = first] = instantsOf(date, minute, zone)
      expect(instantOf(date, minute, zone)).toBe(first)
      expect(instantOf(date, minute, zone, 1)).toBe(second)
    }
  })

  it('changes its offset exactly when Temporal says, over four years', () => {
    const start = Date.parse('2026-01-10T12:00:00Z')
    const end = Date.parse('2029-12-31T00:00:00Z')
    const changes = changesOf(zone, 2026, 4).filter((at) => at > start && at < end)
    const moved = changes.filter((at) => offsetAt(at, zone) !== offsetAt(at - 1, zone))
    expect(offsetsOf(zone, start, end)).toEqual(
      [start, ...moved].map((at) => ({
        at,
        offsetMinutes: shownAt(at, zone).offsetNanoseconds / 6e10,
      })),
    )
  })
})

test('the first offset begins where it is asked for, even within a minute', () => {
  const from = Date.parse('2027-03-28T00:59:30.500Z')
  expect(offsetsOf('Europe/Berlin', from, from + HOUR)).toEqual([
    { at: from, offsetMinutes: 60 },
    { at: Date.parse('2027-03-28T01:00:00Z'), offsetMinutes: 120 },
  ])
})

test('a zone is known or not', () => {
  expect(isZone('Asia/Kathmandu')).toBe(true)
  expect(isZone('Mars/Olympus')).toBe(false)
  expect(isZone('')).toBe(false)
})

test.each(['UTC', 'Etc/UTC', 'Etc/GMT', 'Atlantic/Reykjavik', 'Africa/Abidjan'])(
  'a browser in %s may only hide where it is',
  (zone) => {
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({
      timeZone: zone,
    } as Intl.ResolvedDateTimeFormatOptions)
    expect(browserZone()).toBe(zone)
    expect(looksLikeFingerprintProtection()).toBe(zone !== 'Africa/Abidjan')
  },
)
