/** What clocks show where: instants are epoch milliseconds, offsets minutes east of UTC. */
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** From the instant `at` on, until the next one of a list. */
export interface Offset {
  at: number
  offsetMinutes: number
}

/** `fold` 1: the second time that the clocks show this on that date, having been set back. */
export interface WallClock {
  date: string
  minute: number
  fold: 0 | 1
}

interface Clock {
  format: Intl.DateTimeFormat
  /** By days since 1970, at midnight UTC. */
  offsets: Map<number, number>
}

const clocks = new Map<string, Clock>()

/** How far the clocks of a zone are ahead of UTC. Throws `RangeError` for a zone unknown here. */
export function offsetAt(instant: number, zone: string): number {
  const clock = clockOf(zone)
  const day = Math.floor(instant / DAY)
  const offset = offsetOfDay(clock, day)
  // Asking `Intl` is slow, and needed only on days on which the clocks are changed.
  return offset === offsetOfDay(clock, day + 1) ? offset : offsetBy(clock, instant)
}

function clockOf(zone: string): Clock {
  let clock = clocks.get(zone)
  if (!clock) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    clock = { format, offsets: new Map() }
    clocks.set(zone, clock)
  }
  return clock
}

function offsetOfDay(clock: Clock, day: number): number {
  let offset = clock.offsets.get(day)
  if (offset === undefined) {
    offset = offsetBy(clock, day * DAY)
    clock.offsets.set(day, offset)
  }
  return offset
}

function offsetBy({ format }: Clock, instant: number): number {
  const told = /GMT([+-])(\d\d):(\d\d)/.exec(format.format(instant))
  if (!told) return 0
  return (told[1] === '-' ? -1 : 1) * (Number(told[2]) * 60 + Number(told[3]))
}

/** The offsets that hold from `from` until `to`, the first of them at `from`. */
export function offsetsOf(zone: string, from: number, to: number): Offset[] {
  const found = [{ at: from, offsetMinutes: offsetAt(from, zone) }]
  let before = Math.floor(from / MINUTE) * MINUTE
  let held = offsetAt(before, zone)
  while (before < to) {
    const after = Math.min(before + 6 * HOUR, Math.ceil(to / MINUTE) * MINUTE)
    const holds = offsetAt(after, zone)
    if (holds !== held) found.push({ at: changeBetween(before, after, zone), offsetMinutes: holds })
    before = after
    held = holds
  }
  return found.filter(({ at }, place) => place === 0 || at < to)
}

/** The first whole minute at which the offset is no longer that of `before`. */
function changeBetween(before: number, after: number, zone: string): number {
  const held = offsetAt(before, zone)
  let [low, high] = [before / MINUTE, after / MINUTE]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * MINUTE, zone) === held) low = middle
    else high = middle
  }
  return high * MINUTE
}

/** Of a wall clock's time taken for UTC. */
export function dateOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10)
}

export function wallClock(instant: number, zone: string): WallClock {
  const offset = offsetAt(instant, zone)
  const wall = instant + offset * MINUTE
  const setBack = offsetAt(instant - 3 * HOUR, zone) - offset
  const again = setBack > 0 && offsetAt(instant - setBack * MINUTE, zone) === offset + setBack
  const minute = (wall - Math.floor(wall / DAY) * DAY) / MINUTE
  return { date: dateOf(wall), minute, fold: again ? 1 : 0 }
}

/** Whether the clocks show the time of `instant` twice on that date. */
export function comesTwice(instant: number, zone: string): boolean {
  const offset = offsetAt(instant, zone)
  const before = offsetAt(instant - 3 * HOUR, zone)
  const after = offsetAt(instant + 3 * HOUR, zone)
  if (before === after) return false
  return [before, after].some(
    (other) => other !== offset && offsetAt(instant + (offset - other) * MINUTE, zone) === other,
  )
}

/** When the clocks show this; null for a time that they skip. */
export function instantOf(
  date: string,
  minute: number,
  zone: string,
  fold: 0 | 1 = 0,
): number | null {
  const wall = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE
  const candidates = [offsetAt(wall - DAY, zone), offsetAt(wall + DAY, zone)]
    .map((offset) => wall - offset * MINUTE)
    .filter((instant) => instant + offsetAt(instant, zone) * MINUTE === wall)
  if (candidates.length === 0) return null
  return fold ? Math.max(...candidates) : Math.min(...candidates)
}

export function isZone(name: string): boolean {
  try {
    offsetAt(0, name)
    return true
  } catch {
    return false
  }
}

export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}

/** A browser that hides where it is says UTC, which few people live by. */
export function looksLikeFingerprintProtection(): boolean {
  return /^(UTC|GMT|Etc\/.*|Universal|Zulu|Atlantic\/Reykjavik)$/.test(browserZone())
}
