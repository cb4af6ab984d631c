/** What is worth supposing. */
import type { Recommendation } from './useRecommendations'

const MOST_PEOPLE = 6

/** Three quarters of a length and a half of it, in minutes that people say. */
export function shorterThan(minutes: number): number[] {
  const round = (part: number) => Math.max(5, Math.round((minutes * part) / 5) * 5)
  return [...new Set([round(0.75), round(0.5)])].filter((length) => length < minutes)
}

/** Who stands in the way of the best times, most often first. */
export function likelyLeftOut(
  recommendations: readonly Pick<Recommendation, 'unavailable'>[],
): string[] {
  const times = new Map<string, number>()
  for (const { unavailable } of recommendations) {
    for (const { participant } of unavailable ?? []) {
      times.set(participant, (times.get(participant) ?? 0) + 1)
    }
  }
  return [...times]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_PEOPLE)
    .map(([id]) => id)
}
