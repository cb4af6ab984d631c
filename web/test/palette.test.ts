import { readFileSync } from 'node:fs'

import { describe, expect, it, test } from 'vitest'

import { VISIONS, ciede2000, contrast, distance, type Light, type Vision } from './colour'

const css = readFileSync('src/shared/styles/tokens.css', 'utf8')
const THEMES = { light: tokensOf(':root {'), dark: tokensOf("[data-theme='dark'] {") }

function tokensOf(selector: string): (name: string) => string {
  const block = css.slice(css.indexOf(selector)).split('}', 1)[0] ?? ''
  const colours = new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]),
  )
  return (name) => {
    const colour = colours.get(name)
    if (!colour) throw new Error(`no colour ${name} after ${selector}`)
    return colour
  }
}

const GROUNDS = ['ground', 'surface', 'surface-raised']
const WORDS: [text: string, grounds: string[]][] = [
  ['text', [...GROUNDS, 'surface-sunken', 'warn-surface', 'bad-surface', 'good-surface']],
  ['text', ['accent-surface', 'if-needed-surface']],
  ['text-muted', [...GROUNDS, 'surface-sunken', 'accent-surface']],
  ['accent', [...GROUNDS, 'accent-surface', 'surface-sunken']],
  ['accent-strong', [...GROUNDS, 'accent-surface']],
  ['good', [...GROUNDS, 'good-surface']],
  ['warn', [...GROUNDS, 'warn-surface']],
  ['bad', [...GROUNDS, 'bad-surface']],
  ['if-needed', ['surface', 'if-needed-surface']],
  ['mine', ['surface']],
  ['on-accent', ['accent', 'accent-strong']],
  ['on-mine', ['mine', 'mine-preferred']],
]

/** The colour of a count on each heat step, as the grid prints it. */
const COUNTS = ['low', 'low', 'low', 'low', '4', 'high', 'high'].map((name) => `heat-text-${name}`)

describe.each(Object.entries(THEMES))('in the %s theme', (_, colour) => {
  test.each(WORDS)('%s can be read on %s', (text, grounds) => {
    for (const ground of grounds)
      expect(contrast(colour(text), colour(ground)), ground).toBeGreaterThanOrEqual(4.5)
  })

  test.each(COUNTS.map((text, step) => [step, text]))(
    'a count on heat step %d can be read',
    (step, text) => {
      expect(contrast(colour(text), colour(`heat-${step}`))).toBeGreaterThanOrEqual(4.7)
    },
  )

  test.each(['line-strong', 'accent', 'mine', 'if-needed'])('%s outlines controls', (line) => {
    for (const ground of GROUNDS)
      expect(contrast(colour(line), colour(ground)), ground).toBeGreaterThanOrEqual(3)
  })

  const between = (one: string, other: string, vision: Vision) =>
    distance(colour(one), colour(other), vision)
  const fromEmpty = (step: number) => contrast(colour(`heat-${step}`), colour('heat-0'))

  describe.each(VISIONS)('for %s vision', (vision) => {
    it('keeps each step of the heat from the next', () => {
      const steps = Array.from({ length: 6 }, (__, step) =>
        between(`heat-${step}`, `heat-${step + 1}`, vision),
      )
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(7.4)
    })

    it('tells free from if needed, and both from nothing', () => {
      expect(between('mine', 'if-needed', vision)).toBeGreaterThanOrEqual(23)
      expect(between('mine', 'surface', vision)).toBeGreaterThanOrEqual(23)
      expect(between('mine', 'mine-preferred', vision)).toBeGreaterThanOrEqual(10)
      expect(between('if-needed-surface', 'surface', vision)).toBeGreaterThanOrEqual(5)
    })
  })

  it('darkens, or brightens, from each step of the heat to the next', () => {
    for (let step = 1; step <= 6; step++)
      expect(fromEmpty(step)).toBeGreaterThan(fromEmpty(step - 1))
  })
})

/** Sharma, Wu and Dalal's data: pairs that catch the usual mistakes. */
test.each<[Light, Light, number]>([
  [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
  [[50, -1.3802, -84.2814], [50, 0, -82.7485], 1.0],
  [[50, 0, 0], [50, -1, 2], 2.3669],
  [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
  [[50, 2.5, 0], [73, 25, -18], 27.1492],
  [[50, 2.5, 0], [56, -27, -3], 31.903],
  [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
  [[90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441],
])('CIEDE2000 of %j and %j is %d', (one, other, expected) => {
  expect(ciede2000(one, other)).toBeCloseTo(expected, 4)
})
