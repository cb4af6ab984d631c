/** The zones that one can choose from, found by what people call them. */
import { regionalTag } from './format'
import { cityOf } from './places'
import { offsetAt } from './zone'

export interface Zone {
  zone: string
  /** "Berlin", or "Salta, Argentina". */
  city: string
  /** In minutes east of UTC. */
  offset: number
}

interface Entry extends Zone {
  /** All that it can be found by, in small letters and without accents. */
  words: string
}

const lists = new Map<string, Entry[]>()

/** By city, country, region or offset ("+3", "UTC+5:45"); everything for an empty query. */
export function searchZones(query: string, at: number): Zone[] {
  const wanted = plain(query.trim())
  const offset = offsetIn(wanted)
  const all = entries(at)
  if (offset !== undefined) return all.filter((entry) => entry.offset === offset)
  const terms = wanted.split(/[\s,/_]+/).filter(Boolean)
  return all.filter(({ words }) => terms.every((term) => words.includes(` ${term}`)))
}

/** "+3", "-03:30", "utc+5:45", "gmt −4": in minutes. */
function offsetIn(query: string): number | undefined {
  const told = /^(?:utc|gmt)?\s*([+\-−–])\s*(\d{1,2})(?::?(\d\d))?$/.exec(query)
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
    .map((zone) => entryOf(zone, at, tag))
    .toSorted((one, other) => one.offset - other.offset || one.city.localeCompare(other.city, tag))
  lists.clear()
  lists.set(key, list)
  return list
}

function entryOf(zone: string, at: number, tag: string): Entry {
  const city = cityOf(zone)
  const names = [zone.replaceAll(/[/_-]/g, ' '), city, nameOf(zone, at, tag, 'longGeneric')]
  names.push(nameOf(zone, at, tag, 'shortGeneric'))
  return { zone, city, offset: offsetAt(at, zone), words: ` ${plain(names.join(' '))}` }
}

/** "Central European Time", "Germany": what the browser calls it in the language of the page. */
function nameOf(zone: string, at: number, tag: string, style: 'longGeneric' | 'shortGeneric') {
  const format = new Intl.DateTimeFormat(tag, { timeZone: zone, timeZoneName: style })
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}
