import { describe, expect, it } from 'vitest'

import {
  defaultMode,
  EVERYONE,
  heatOf,
  legendOf,
  stepOf,
  type ScaleMode,
} from '../src/features/poll/heatmap/scale'
import { likelyLeftOut, shorterThan } from '../src/features/poll/slots/suppositions'

const cannot = (...ids: string[]) => ({
  unavailable: ids.map((participant) => ({ participant, reason: 'not_free' as const })),
})
const MODES: ScaleMode[] = ['all', 'best']

describe('the scale of the heatmap', () => {
  it.each(MODES)('keeps the darkest step for everyone, in mode %s', (mode) => {
    for (const total of [1, 2, 7, 8, 17, 200, 1000]) {
      for (let count = 0; count < total; count++) {
        expect(stepOf(count, total, count, mode)).toBeLessThan(EVERYONE)
      }
      expect(stepOf(total, total, total, mode)).toBe(EVERYONE)
    }
  })

  it.each(MODES)('leaves nobody white, and somebody not, in mode %s', (mode) => {
    expect(stepOf(0, 7, 5, mode)).toBe(0)
    expect(stepOf(1, 1000, 900, mode)).toBeGreaterThan(0)
  })

  it.each(MODES)('is never lighter for more people, in mode %s', (mode) => {
    for (const total of [2, 7, 17, 200]) {
      const steps = Array.from({ length: total + 1 }, (_, n) => stepOf(n, total, total - 1, mode))
      expect(steps).toEqual(steps.toSorted((one, other) => one - other))
    }
  })

  it('tells 14, 15 and 16 of 17 apart in mode best, and not in mode all', () => {
    expect(new Set([14, 15, 16].map((n) => stepOf(n, 17, 16, 'best'))).size).toBe(3)
    expect(new Set([14, 15, 16].map((n) => stepOf(n, 17, 16, 'all'))).size).toBe(1)
  })

  it('looks at the fullest by itself from eight people on', () => {
    expect(defaultMode(7)).toBe('all')
    expect(defaultMode(8)).toBe('best')
  })

  it('explains every count once in its legend', () => {
    for (const mode of MODES) {
      const legend = legendOf(200, 150, mode)
      expect(legend[0]).toEqual({ step: 0, least: 0, most: 0 })
      expect(legend.at(-1)).toEqual({ step: EVERYONE, least: 200, most: 200 })
      for (const [place, { least }] of legend.slice(1).entries()) {
        expect(least).toBe((legend[place]?.most ?? 0) + 1)
      }
    }
  })

  it('draws only what the mask lets through, and marks everyone', () => {
    const counts = Uint16Array.from([0, 1, 2, 2])
    const heat = heatOf(counts, new Uint16Array(4), 2, 'all', (cell) => cell !== 3)
    expect([...heat.steps]).toEqual([0, 3, EVERYONE, 0])
    expect([...heat.everyone]).toEqual([0, 0, 1, 0])
  })
})

describe('what is worth supposing', () => {
  it('offers three quarters and a half of the length, in fives', () => {
    expect(shorterThan(60)).toEqual([45, 30])
    expect(shorterThan(50)).toEqual([40, 25])
    expect(shorterThan(5)).toEqual([])
  })

  it('offers to leave out who stands in the way most often, first', () => {
    const times = [cannot('ann'), cannot('ben', 'ann'), cannot('ben'), cannot('ben')]
    expect(likelyLeftOut(times)).toEqual(['ben', 'ann'])
  })
})
