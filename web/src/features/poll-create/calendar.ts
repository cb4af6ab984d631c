/** Days as ISO dates ("2030-01-07"), counted in UTC so that no change of clocks is in the way. */
const DAY = 86_400_000

/** 1 is Monday, 7 Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7
export const WEEKDAYS: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7]

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY).toISOString().slice(0, 10)
}

export function weekdayOf(date: string): Weekday {
  return (new Date(date).getUTCDay() || 7) as Weekday
}

/** The same day of another month, or that month's last. */
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, last)))
    .toISOString()
    .slice(0, 10)
}

export function monthOf(date: string): string {
  return date.slice(0, 7)
}

export function daysBetween(first: string, last: string): string[] {
  const count = Math.round((Date.parse(last) - Date.parse(first)) / DAY) + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => addDays(first, i))
}

/** The weeks that hold a month, each beginning on `firstWeekday`. */
export function weeksOf(month: string, firstWeekday: number): string[][] {
  const first = `${month}-01`
  const start = addDays(first, -((weekdayOf(first) - firstWeekday + 7) % 7))
  const last = addDays(addMonths(first, 1), -1)
  const weeks: string[][] = []
  for (let day = start; day <= last; day = addDays(day, 7)) {
    weeks.push(daysBetween(day, addDays(day, 6)))
  }
  return weeks
}

/** Where a key leads from a day; undefined for keys that lead nowhere. */
export function moved(date: string, key: string, shift: boolean, firstWeekday: number) {
  const fromStart = (weekdayOf(date) - firstWeekday + 7) % 7
  const moves: Record<string, () => string> = {
    ArrowLeft: () => addDays(date, -1),
    ArrowRight: () => addDays(date, 1),
    ArrowUp: () => addDays(date, -7),
    ArrowDown: () => addDays(date, 7),
    Home: () => addDays(date, -fromStart),
    End: () => addDays(date, 6 - fromStart),
    PageUp: () => addMonths(date, shift ? -12 : -1),
    PageDown: () => addMonths(date, shift ? 12 : 1),
  }
  return moves[key]?.()
}

/**
 * A poll is one stretch of days with some weekdays left out. These are the days that would come
 * along if exactly `days` were wanted: those of the same weekdays in between.
 */
export function daysThatComeAlong(days: readonly string[]): string[] {
  const sorted = days.toSorted()
  const [first, last] = [sorted[0], sorted.at(-1)]
  if (!first || !last) return []
  const weekdays = new Set(days.map(weekdayOf))
  return daysBetween(first, last).filter(
    (day) => weekdays.has(weekdayOf(day)) && !days.includes(day),
  )
}
