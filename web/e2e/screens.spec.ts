/**
 * Pictures of each state, for people to look at: `test-results/screens`. Nothing is compared. With
 * `COMMONTIME_PICTURES` set, the README's pictures are taken as well: `docs/pictures/page-*.png`.
 */
import { fileURLToPath } from 'node:url'

import type { Page, TestInfo } from '@playwright/test'

import { expect, test } from './commontime'
import { opensPollOfSeven } from './group'

const THEMES = ['light', 'dark'] as const
const PICTURES = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))

async function pictures(page: Page, info: TestInfo, name: string): Promise<void> {
  await expect(page.locator('.skeleton')).toHaveCount(0)
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const path = `test-results/screens/${info.project.name}/${name}-${colorScheme}.png`
    const taken = await page.screenshot({ path, fullPage: true })
    expect(taken.length).toBeGreaterThan(5_000)
  }
}

for (const [name, path] of [
  ['home', '/'],
  ['new', '/new'],
  ['events', '/events'],
  ['not-found', '/nothing'],
  ['reset-password', '/reset-password#x'],
] as const) {
  test(`a picture of ${name}`, async ({ page }, info) => {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await pictures(page, info, name)
  })
}

for (const view of ['mine', 'group', 'best'] as const) {
  test(`pictures of a poll of seven, ${view}`, async ({ page, commontime }, info) => {
    const poll = await opensPollOfSeven(commontime)
    const [path, fragment] = poll.links.organiser.split('#')
    await page.goto(`${path}?view=${view}#${fragment}`)
    await expect(page.getByRole('heading', { level: 1, name: poll.title })).toBeVisible()
    await pictures(page, info, `poll-${view}`)
  })

  test(`a picture of an empty poll, ${view}`, async ({ page, commontime }, info) => {
    const poll = await commontime.opensPoll()
    const [path, fragment] = poll.links.answer.split('#')
    await page.goto(`${path}?view=${view}#${fragment}`)
    await expect(page.getByRole('heading', { level: 1, name: poll.title })).toBeVisible()
    await pictures(page, info, `empty-${view}`)
  })
}

test('a picture of a decided poll', async ({ page, commontime }, info) => {
  const poll = await opensPollOfSeven(commontime)
  await commontime.call('POST', `/polls/${poll.id}/finalise`, {
    token: poll.capabilities.organiser,
    data: { start: '2030-01-09T10:00:00+01:00' },
  })
  await page.goto(poll.links.organiser)
  await expect(page.getByRole('heading', { level: 1, name: poll.title })).toBeVisible()
  await pictures(page, info, 'decided')
})

test('a picture of a link that opens nothing', async ({ page, commontime }, info) => {
  const poll = await commontime.opensPoll()
  await page.goto(`/p/${poll.id}#ct_ans_${'x'.repeat(43)}`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await pictures(page, info, 'wrong-link')
})

test('the pictures of the README', async ({ page, commontime }, info) => {
  const poll = await opensPollOfSeven(commontime)
  const isWanted = process.env['COMMONTIME_PICTURES'] && info.project.name === 'desktop-en'
  const folder = isWanted ? PICTURES : 'test-results/screens/'
  await page.setViewportSize({ width: 1200, height: 1000 })
  await page.goto(poll.people[0]?.link ?? '')
  await expect(page.getByRole('heading', { level: 1, name: poll.title })).toBeVisible()
  await expect(page.locator('.skeleton')).toHaveCount(0)
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const taken = await page.screenshot({ path: `${folder}page-${colorScheme}.png` })
    if (isWanted) expect(taken.length).toBeLessThan(250_000)
  }
})
