/** What the API says of a time, in words. */
import { t, useLocale } from '@/shared/i18n'
import { formatRange } from '@/shared/time/format'

import type { Recommendation, Recommendations } from './useRecommendations'

interface Span {
  start: string
  end: string
}

export function rangeOf({ start, end }: Span, zone: string): string {
  return formatRange(Date.parse(start), Date.parse(end), zone)
}

/** "Ann, Ben and Cem". */
export function listed(items: readonly string[]): string {
  const { locale } = useLocale()
  return new Intl.ListFormat(locale.value).format(items)
}

/** How many answered and so could be counted as coming or not. */
export interface Division {
  can: number
  ifNeeded: number
  cannot: number
  unanswered: number
  answered: number
}

export function divisionOf(
  { score, guaranteed, possible }: Pick<Recommendation, 'score' | 'guaranteed' | 'possible'>,
  participants: Recommendations['participants'],
): Division {
  const { answered } = participants
  return {
    can: guaranteed - score.if_needed,
    ifNeeded: score.if_needed,
    cannot: Math.max(0, answered - guaranteed),
    unanswered: possible - guaranteed,
    answered,
  }
}

/** The sentence above the list: whether a time suits all, and how many the best one does. */
export function verdictOf({ participants, recommendations }: Recommendations): string {
  const best = recommendations[0]
  const total = participants.answered
  if (!best) return ''
  const n = Math.max(...recommendations.map(({ guaranteed }) => guaranteed))
  if (total === 1) return t('results.suitsOne')
  if (n === total) return t('results.suitsAll', { n })
  if (total === 2) return t('results.suitsNeither', { n, total })
  return t('results.suitsNone', { n, total })
}

export function ruleWords(unmet: string): string {
  if (unmet.startsWith('group:')) return t('results.ruleGroup', { group: unmet.slice(6) })
  const key = { required: 'Required', min_available: 'Available', min_percentage: 'Percentage' }
  const known = key[unmet as keyof typeof key] as 'Required' | 'Available' | 'Percentage'
  return known ? t(`results.rule${known}`) : unmet
}
