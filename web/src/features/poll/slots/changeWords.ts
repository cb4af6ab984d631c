import type { components } from '@/api/gen/recommender'
import { t } from '@/shared/i18n'
import { formatRange, formatTimes } from '@/shared/time/format'

import { listed } from './words'

type Addition = components['schemas']['AddedTime']
type Change = components['schemas']['SmallestChange']
type NameOf = (id: string) => string | null

/** "Ann 10:00–10:30": the times that people would have to add. */
export function additionWords(additions: readonly Addition[], zone: string, nameOf: NameOf) {
  return listed(
    additions.map(({ participant, intervals }) => {
      const times = intervals.map(({ start, end }) =>
        formatTimes(Date.parse(start), Date.parse(end), zone),
      )
      return `${nameOf(participant) ?? t('why.somebody')} ${times.join(', ')}`
    }),
  )
}

/** What a change of somebody's times would win: a sentence. `start` is that of the time asked about. */
export function changeWords(
  change: Change,
  start: string,
  answered: number,
  zone: string,
  nameOf: NameOf,
): string {
  const who = additionWords(change.additions, zone, nameOf)
  const keys = {
    everyone: 'why.forEveryone',
    rules: 'why.forRules',
    above: 'why.forAbove',
  } as const
  const words = t(keys[change.goal], { who, n: answered })
  if (Date.parse(change.start) === Date.parse(start)) return words
  const when = formatRange(Date.parse(change.start), Date.parse(change.end), zone)
  return `${words} ${t('why.movedTo', { when })}`
}
