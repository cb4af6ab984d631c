import { t } from '../i18n'
import { formatOffset } from './format'
import { offsetAt } from './zone'

let names: { text: string; byZone: Map<string, string> } = { text: '', byZone: new Map() }

/** "Berlin": what people call a zone, in the language of the page where that has a name for it. */
export function cityOf(zone: string): string {
  const text = t('time.cities')
  if (names.text !== text) names = { text, byZone: read(text) }
  return names.byZone.get(zone) ?? (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}

/** "Berlin (UTC+1)", as it is at an instant. */
export function placeOf(zone: string, at: number): string {
  const [city, offset] = [cityOf(zone), formatOffset(offsetAt(at, zone))]
  return city === offset ? city : `${city} (${offset})`
}

/** "Europe/Kiev=Kyiv; Asia/Calcutta=Kolkata" */
function read(text: string): Map<string, string> {
  return new Map(text.split('; ').map((pair) => pair.split('=') as [string, string]))
}
