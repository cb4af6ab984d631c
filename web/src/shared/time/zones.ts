/** The zones that one can choose from, found by what people call them. */
import { regionalTag } from './format'
import { cityOf } from './places'
import { offsetAt } from './zone'

export interface Zone {
  zone: string
  city: string
  /** In minutes east of UTC. */
  offset: number
}

interface Entry extends Zone {
  /** All that it can be found by: small letters without accents, a space before each word. */
  words: string
  named?: boolean
}

const NAMES = ['longGeneric', 'shortGeneric'] as const
/** So long, and not longer, a browser does not answer while names are learnt. */
const SLICE_MS = 8

const lists = new Map<string, Entry[]>()

/** By city, country, region or offset ("+3", "UTC+5:45"); everything for an empty query. */
export function searchZones(query: string, at: number): Zone[] {
  const all = entries(at)
  const offset = offsetIn(query.trim())
  if (offset !== undefined) return all.filter((entry) => entry.offset === offset)
  const terms = plain(query)
    .split(/[\s,]+/)
    .filter(Boolean)
  const found = all.filter(({ words }) => terms.every((term) => words.includes(` ${term}`)))
  const isFirst = ({ city }: Zone) => Number(plain(city).startsWith(plain(query.trim())))
  return found.toSorted((one, other) => isFirst(other) - isFirst(one))
}

/** "+3", "-03:30", "utc+5:45", "GMT −4": in minutes. */
function offsetIn(query: string): number | undefined {
  const told = /^(?:utc|gmt)?\s*([+\-−–])\s*(\d{1,2})(?::?(\d\d))?$/i.exec(query)
  if (!told) return undefined
  return (told[1] === '+' ? 1 : -1) * (Number(told[2]) * 60 + Number(told[3] ?? 0))
}

function entries(at: number): Entry[] {
  const tag = regionalTag()
  const key = `${tag} ${Math.floor(at / 86_400_000)}`
  const known = lists.get(key)
  if (known) return known
  const list = ['UTC', ...Intl.supportedValuesOf('timeZone')]
    // Their signs are the other way round: Etc/GMT-3 is UTC+3.
    .filter((zone) => !zone.startsWith('Etc/'))
    .map((zone) => entryOf(zone, at))
    .toSorted((one, other) => one.offset - other.offset || one.city.localeCompare(other.city, tag))
  lists.clear()
  lists.set(key, list)
  return list
}

function entryOf(zone: string, at: number): Entry {
  const city = cityOf(zone)
  return { zone, city, offset: offsetAt(at, zone), words: ` ${plain(`${zone} ${city}`)}` }
}

/**
 * Lets zones be found also by what the browser calls them, like "Germany" and "Central European
 * Time". That takes a while for all of them, and is done where nobody waits for it.
 */
export async function learnNames(at: number): Promise<void> {
  // Without its region: "CET" is what Britain calls it, and "Germany Time" what English does.
  const language = regionalTag().slice(0, 2)
  let pause = performance.now() + SLICE_MS
  for (const entry of entries(at)) {
    if (entry.named) continue
    if (performance.now() > pause) {
      await new Promise((resolve) => setTimeout(resolve))
      pause = performance.now() + SLICE_MS
    }
    entry.named = true
    entry.words += ` ${plain(NAMES.map((style) => nameOf(entry.zone, at, language, style)).join(' '))}`
  }
}

function nameOf(zone: string, at: number, language: string, style: (typeof NAMES)[number]): string {
  const format = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: style })
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/[/_-]/g, ' ').toLowerCase()
}
