/** Zones and the weekends on which their clocks are changed, told by Temporal. */
import { Temporal } from 'temporal-polyfill'

export { Temporal }

export const ZONES = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Asuncion',
  'America/Havana',
  'America/New_York',
  'America/Nuuk',
  'America/Phoenix',
  'America/Santiago',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Jerusalem',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Asia/Vladivostok',
  'Atlantic/Azores',
  'Australia/Adelaide',
  'Australia/Eucla',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'Europe/Moscow',
  'Pacific/Apia',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Marquesas',
  'UTC',
] as const

/** When the clocks of a zone are changed within some years; somewhere in them where they are not. */
export function changesOf(zone: string, year: number, years: number): number[] {
  const start = Temporal.ZonedDateTime.from(`${year}-01-10T00:00[${zone}]`)
  const found: number[] = []
  let at = start.getTimeZoneTransition('next')
  while (at && at.year < year + years) {
    found.push(at.epochMilliseconds)
    at = at.getTimeZoneTransition('next')
  }
  return found.length > 0 ? found : [start.epochMilliseconds]
}

export function shownAt(instant: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
}

/** The instants at which the clocks show a time: none, one or two. */
export function instantsOf(date: string, minute: number, zone: string): number[] {
  const wall = Temporal.PlainDate.from(date).toPlainDateTime().add({ minutes: minute })
  const both = (['earlier', 'later'] as const)
    .map((disambiguation) => wall.toZonedDateTime(zone, { disambiguation }))
    .filter((shown) => shown.toPlainDateTime().equals(wall))
    .map((shown) => shown.epochMilliseconds)
  return [...new Set(both)]
}
