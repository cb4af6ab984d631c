/** What a zone is called: the city in its name, by the name the city has now. */
const RENAMED: Record<string, string> = {
  'America/Godthab': 'Nuuk',
  'Asia/Calcutta': 'Kolkata',
  'Asia/Katmandu': 'Kathmandu',
  'Asia/Rangoon': 'Yangon',
  'Asia/Saigon': 'Ho Chi Minh City',
  'Atlantic/Faeroe': 'Faroe Islands',
  'Europe/Kiev': 'Kyiv',
}

export function cityOf(zone: string): string {
  return RENAMED[zone] ?? (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}
