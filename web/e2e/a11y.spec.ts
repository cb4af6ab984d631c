/**
 * Every page and state, asked by axe in both colour schemes (the two projects bring the languages
 * and the screens), then 320 px, double text, forced colours and reduced motion.
 */
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

import type { Page } from '@playwright/test'
import type axe from 'axe-core'

import { expect, test, type Commontime, type OpenedPoll } from './commontime'
import { opensPollOfSeven } from './group'

declare global {
  interface Window {
    axe: typeof axe
  }
}

// axe is brought into the page by hand, past the policy that keeps scripts of others out of it.
test.use({ bypassCSP: true })

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const HOUR = { window: { start: '2030-01-07T09:00:00+01:00', end: '2030-01-07T12:00:00+01:00' } }

/** One page in one state: how to get there. */
interface State {
  name: string
  opens: (page: Page, commontime: Commontime) => Promise<void>
}

async function opensPoll(
  page: Page,
  poll: OpenedPoll,
  view: 'mine' | 'group' | 'best',
  who: 'organiser' | 'answer' = 'answer',
) {
  const [path, fragment] = poll.links[who].split('#')
  await page.goto(`${path}?view=${view}#${fragment}`)
  await expect(page.getByRole('heading', { level: 1, name: poll.title })).toBeVisible()
}

async function decided(commontime: Commontime): Promise<OpenedPoll> {
  const poll = await opensPollOfSeven(commontime, HOUR)
  await commontime.call('POST', `/polls/${poll.id}/finalise`, {
    token: poll.capabilities.organiser,
    data: { start: '2030-01-07T10:30:00+01:00' },
  })
  return poll
}

const STATES: State[] = [
  { name: 'the start page', opens: async (page) => void (await page.goto('/')) },
  {
    name: 'the start page with polls one knows',
    opens: async (page, commontime) => {
      await opensPoll(page, await commontime.opensPoll(HOUR), 'mine')
      await page.goto('/')
      await expect(page.getByRole('link', { name: 'Planning' }).first()).toBeVisible()
    },
  },
  { name: 'a new poll', opens: async (page) => void (await page.goto('/new')) },
  { name: 'a new password', opens: async (page) => void (await page.goto('/reset-password#x')) },
  { name: 'nothing there', opens: async (page) => void (await page.goto('/nothing/here')) },
  { name: 'the events', opens: async (page) => void (await page.goto('/events')) },
  {
    name: 'a poll that nobody has answered',
    opens: async (page, commontime) => opensPoll(page, await commontime.opensPoll(HOUR), 'mine'),
  },
  {
    name: 'a poll of nobody, seen by everybody',
    opens: async (page, commontime) => opensPoll(page, await commontime.opensPoll(HOUR), 'group'),
  },
  {
    name: 'a poll of nobody, without best times',
    opens: async (page, commontime) => opensPoll(page, await commontime.opensPoll(HOUR), 'best'),
  },
  {
    name: 'the times of seven people',
    opens: async (page, commontime) =>
      opensPoll(page, await opensPollOfSeven(commontime, HOUR), 'group'),
  },
  {
    name: 'the best times, for the organiser',
    opens: async (page, commontime) =>
      opensPoll(page, await opensPollOfSeven(commontime, HOUR), 'best', 'organiser'),
  },
  {
    name: 'a decided poll',
    opens: async (page, commontime) =>
      opensPoll(page, await decided(commontime), 'mine', 'organiser'),
  },
  {
    name: 'a closed poll',
    opens: async (page, commontime) => {
      const poll = await opensPollOfSeven(commontime, HOUR)
      await commontime.call('POST', `/polls/${poll.id}/close`, {
        token: poll.capabilities.organiser,
      })
      await opensPoll(page, poll, 'mine')
    },
  },
  {
    name: 'a link that opens nothing',
    opens: async (page, commontime) => {
      const poll = await commontime.opensPoll(HOUR)
      await page.goto(`/p/${poll.id}#ct_ans_${'x'.repeat(43)}`)
      await expect(page.getByRole('alert')).toBeVisible()
    },
  },
]

async function violations(page: Page): Promise<string[]> {
  await settles(page)
  await page.evaluate(AXE)
  return page.evaluate(async (tags) => {
    const { violations: found } = await window.axe.run(document, {
      runOnly: tags,
      resultTypes: ['violations'],
    })
    return found.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')} — ${node.failureSummary ?? ''}`),
    )
  }, TAGS)
}

/** Nothing is on its way any more, neither an answer nor a panel. */
async function settles(page: Page): Promise<void> {
  await expect(page.locator('.skeleton')).toHaveCount(0)
  await page.evaluate(() => document.fonts.ready)
}

async function width(page: Page): Promise<number> {
  return page.evaluate(() => document.scrollingElement?.scrollWidth ?? 0)
}

for (const { name, opens } of STATES) {
  test(`axe finds nothing on ${name}, light and dark`, async ({ page, commontime }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await opens(page, commontime)
      expect(await violations(page)).toEqual([])
    }
  })

  test(`${name} fits 320 pixels, and twice the text`, async ({ page, commontime }) => {
    await page.setViewportSize({ width: 320, height: 640 })
    await opens(page, commontime)
    await settles(page)
    expect(await width(page)).toBeLessThanOrEqual(320)
    await page.setViewportSize({ width: 640, height: 900 })
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
    expect(await width(page)).toBeLessThanOrEqual(640)
  })
}

test('in forced colours what is marked still differs from what is not', async ({
  page,
  commontime,
}) => {
  await page.emulateMedia({ forcedColors: 'active' })
  const poll = await commontime.opensPoll(HOUR)
  await opensPoll(page, poll, 'mine')
  await expect(page.getByRole('grid').first()).toHaveAttribute('aria-multiselectable', 'true')
  const cells = page.getByRole('gridcell')
  await cells.nth(1).click()
  await expect(cells.nth(1)).toHaveAttribute('aria-selected', 'true')
  const colour = (n: number) =>
    cells.nth(n).evaluate((cell) => getComputedStyle(cell).backgroundColor)
  expect(await colour(1)).not.toBe(await colour(2))
})

test('whoever asked for less motion sees none', async ({ page, commontime }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await opensPoll(page, await opensPollOfSeven(commontime, HOUR), 'best')
  await settles(page)
  const moving = await page.evaluate(
    () =>
      document.getAnimations().filter((animation) => {
        const duration = animation.effect?.getComputedTiming().duration
        return typeof duration === 'number' && duration > 1
      }).length,
  )
  expect(moving).toBe(0)
})
