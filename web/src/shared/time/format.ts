/**
 * Times as people read them: in the language of the page, and with the hours and the order of the
 * browser's region where that speaks the same language. Instants are epoch milliseconds.
 */
import { t, useLocale } from '../i18n'
import { minutesOf } from './durations'
import { HOUR, MINUTE, comesTwice, dateOf, offsetAt } from './zone'

export { isoDuration, minutesOf } from './durations'

/** Of 10 March: "Tue 10 Mar", "Tue 10 March", "Tuesday 10 March", "Tue", "10 Mar". */
export type DayStyle = 'short' | 'medium' | 'long' | 'weekday' | 'date'

const STYLES: Record<DayStyle, Intl.DateTimeFormatOptions> = {
  short: { weekday: 'short', day: 'numeric', month: 'short' },
  medium: { weekday: 'short', day: 'numeric', month: 'long' },
  long: { weekday: 'long', day: 'numeric', month: 'long' },
  weekday: { weekday: 'short' },
  date: { day: 'numeric', month: 'short' },
}
const FALLBACK = { en: 'en-GB', ru: 'ru-RU' }
/** From so far away on, a day and month alone would be taken for those of another year. */
const NEAR = 180 * 24 * HOUR

const { locale } = useLocale()
const formats = new Map<string, Intl.DateTimeFormat>()

/** The language tag that times are formatted by, like "en-GB". */
export function regionalTag(): string {
  const own = navigator.language
  return own.startsWith(`${locale.value}-`) ? own : FALLBACK[locale.value]
}

/** 1 is Monday, 7 Sunday. */
export function firstWeekday(): number {
  const region = new Intl.Locale(regionalTag()) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number }
    weekInfo?: { firstDay: number }
  }
  return (region.getWeekInfo?.() ?? region.weekInfo)?.firstDay ?? 1
}

/** "09:15", or "9:15 AM". */
export function formatTime(instant: number, zone: string): string {
  return formatOf(zone, 'time').format(instant)
}

/** A minute of the day, as a clock shows it. */
export function formatMinute(minute: number): string {
  return formatTime(minute * MINUTE, 'UTC')
}

/** An instant's day in a zone, or a date that is one already; the year is told if it is far away. */
export function formatDay(
  day: number | string,
  zone: string,
  style: DayStyle = 'medium',
  now = Date.now(),
): string {
  const isDate = typeof day === 'string'
  const instant = isDate ? Date.parse(`${day}T12:00:00Z`) : day
  const far = Math.abs(instant - now) > NEAR && style !== 'weekday'
  return formatOf(isDate ? 'UTC' : zone, style, far).format(instant)
}

/** "Tue 10 March, 09:00–10:45"; an end on another day is told with it. */
export function formatRange(start: number, end: number, zone: string): string {
  return `${formatDay(start, zone)}, ${formatTimes(start, end, zone)}`
}

/** "09:00–10:45", or "22:00 – Thu 02:00". */
export function formatTimes(start: number, end: number, zone: string): string {
  const from = exactTime(start, zone)
  const until = endTime(end, zone)
  // Midnight is the end of the day that goes before it.
  if (localDate(start, zone) === localDate(end - 1, zone)) return `${from}–${until}`
  const style = end - start < 6 * 24 * HOUR ? 'weekday' : 'medium'
  return `${from} – ${formatDay(end, zone, style)} ${until}`
}

/** "UTC+3", "UTC−3:30"; "UTC" where there is no difference. */
export function formatOffset(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const size = rest ? `${hours}:${String(rest).padStart(2, '0')}` : String(hours)
  return `UTC${minutes < 0 ? '−' : '+'}${size}`
}

/** "1 h 30 min", of an ISO 8601 duration or of minutes. */
export function formatDuration(duration: string | number): string {
  const minutes = typeof duration === 'string' ? minutesOf(duration) : duration
  return formatSpan(minutes * MINUTE, 3)
}

/** "in 2 min 5 s", "3 h 2 min ago". */
export function formatRelative(instant: number, now = Date.now()): string {
  const distance = Math.round((instant - now) / 1000) * 1000
  if (distance === 0) return t('time.now')
  const span = formatSpan(Math.abs(distance), 2)
  return distance > 0 ? t('time.ahead', { span }) : t('time.ago', { span })
}

/** Milliseconds in at most so many neighbouring units, the greatest first. */
function formatSpan(span: number, most: number): string {
  const seconds = Math.round(span / 1000)
  const counts = [
    ['time.days', Math.floor(seconds / 86_400)],
    ['time.hours', Math.floor(seconds / 3600) % 24],
    ['time.minutes', Math.floor(seconds / 60) % 60],
    ['time.seconds', seconds % 60],
  ] as const
  const first = counts.findIndex(([, n]) => n > 0)
  if (first < 0) return t('time.minutes', { n: 0 })
  return counts
    .slice(first, first + most)
    .filter(([, n]) => n > 0)
    .map(([key, n]) => t(key, { n }))
    .join(' ')
}

/** With its offset where the clocks show it twice. */
function exactTime(instant: number, zone: string): string {
  const time = formatTime(instant, zone)
  return comesTwice(instant, zone) ? `${time} (${formatOffset(offsetAt(instant, zone))})` : time
}

/** Where the clocks are changed at the very end, as they would have gone on. */
function endTime(end: number, zone: string): string {
  const offset = offsetAt(end - 1, zone)
  if (offset === offsetAt(end, zone)) return exactTime(end, zone)
  return formatTime(end + offset * MINUTE, 'UTC')
}

function localDate(instant: number, zone: string): string {
  return dateOf(instant + offsetAt(instant, zone) * MINUTE)
}

function formatOf(zone: string, style: DayStyle | 'time', withYear = false): Intl.DateTimeFormat {
  const tag = regionalTag()
  const key = `${tag} ${zone} ${style} ${withYear}`
  let format = formats.get(key)
  if (!format) {
    const options = style === 'time' ? timeOptions(tag) : STYLES[style]
    const year = withYear ? ({ year: 'numeric' } as const) : {}
    format = new Intl.DateTimeFormat(tag, { ...options, ...year, timeZone: zone })
    formats.set(key, format)
  }
  return format
}

/** "09:15" has two digits, "9:15 AM" one. */
function timeOptions(tag: string): Intl.DateTimeFormatOptions {
  const { hour12 } = new Intl.DateTimeFormat(tag, { hour: 'numeric' }).resolvedOptions()
  return { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit' }
}
