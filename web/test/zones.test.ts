import { beforeEach, describe, expect, it, test, vi } from 'vitest'

import { firstWords, useLocale } from '@/shared/i18n'
import { learnNames, searchZones } from '@/shared/time/zones'
import { isZone, offsetAt } from '@/shared/time/zone'

const WINTER = Date.parse('2027-01-20T12:00:00Z')
const SUMMER = Date.parse('2027-07-20T12:00:00Z')

function found(query: string, at = WINTER): string[] {
  return searchZones(query, at).map(({ zone }) => zone)
}

beforeEach(async () => {
  vi.spyOn(navigator, 'language', 'get').mockReturnValue('en-GB')
  await firstWords()
  await useLocale().choose('en')
})

test('zones whose names have the sign of their offset turned are left out', () => {
  vi.spyOn(Intl, 'supportedValuesOf').mockReturnValue(['Etc/GMT-3', 'Europe/Berlin'])
  expect(found('', Date.parse('2027-02-02T00:00:00Z'))).toEqual(['UTC', 'Europe/Berlin'])
})

test('every zone is there once, with its offset of that day', () => {
  const zones = searchZones('', SUMMER)
  expect(zones.length).toBeGreaterThan(400)
  expect(new Set(zones.map(({ zone }) => zone)).size).toBe(zones.length)
  expect(zones.every(({ zone, offset }) => isZone(zone) && offset === offsetAt(SUMMER, zone))).toBe(
    true,
  )
  const offsets = zones.map(({ offset }) => offset)
  expect(offsets).toEqual(offsets.toSorted((one, other) => one - other))
})

test.each([
  ['berl', 'Europe/Berlin'],
  ['BERLIN', 'Europe/Berlin'],
  ['new york', 'America/New_York'],
  ['york', 'America/New_York'],
  ['europe/ber', 'Europe/Berlin'],
  ['sao paulo', 'America/Sao_Paulo'],
  ['são', 'America/Sao_Paulo'],
  ['kyiv', 'Europe/Kiev'],
  ['kiev', 'Europe/Kiev'],
  ['ust-nera', 'Asia/Ust-Nera'],
  ['utc', 'UTC'],
])('%s finds %s first', (query, zone) => {
  expect(found(query)[0]).toBe(zone)
})

describe('an offset', () => {
  it.each(['+5:45', 'UTC+5:45', 'utc +05:45', 'GMT+0545'])('%s finds Kathmandu alone', (query) => {
    expect(found(query)).toEqual(['Asia/Katmandu'])
  })

  it.each(['-3:30', '−3:30', 'UTC–03:30'])('%s finds Newfoundland in winter only', (query) => {
    expect(found(query)).toEqual(['America/St_Johns'])
    expect(found(query, SUMMER)).toEqual([])
  })
})

test('a city that begins as typed comes before others', () => {
  expect(found('ba').slice(0, 3)).not.toContain('America/Argentina/Buenos_Aires')
  expect(searchZones('mos', WINTER)[0]?.city).toBe('Moscow')
})

test('nothing is found for what is no place', () => {
  expect(found('olympus mons')).toEqual([])
})

test('countries and regions are found once the browser has told their names', async () => {
  await learnNames(WINTER)
  expect(found('germany')).toContain('Europe/Berlin')
  expect(found('central european')).toContain('Europe/Paris')
})

test('Russian names are found in the Russian page', async () => {
  await useLocale().choose('ru')
  expect(found('берл')).toEqual(['Europe/Berlin'])
  expect(found('нью-йорк')).toEqual(['America/New_York'])
  await learnNames(WINTER)
  expect(found('герм')).toContain('Europe/Berlin')
  expect(found('москв')[0]).toBe('Europe/Moscow')
})
