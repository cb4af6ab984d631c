/** Going from page to page: by links, back and forward, and elsewhere before one is there. */
import type { Page, Route } from '@playwright/test'

import enCommon from '../src/shared/i18n/en/common'
import ruCommon from '../src/shared/i18n/ru/common'
import { expect, test } from './commontime'

const wordsOf = (locale: string | undefined) => (locale?.startsWith('ru') ? ruCommon : enCommon)
const path = (page: Page) => new URL(page.url()).pathname
const linkIn = (page: Page, name: string) =>
  page.getByRole('navigation').getByRole('link', { name, exact: true })
const title = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
/** Not by a pointer, which would have to scroll to it first. */
const follow = (page: Page, name: string) =>
  linkIn(page, name).evaluate((link: HTMLElement) => link.click())

test('a link leads on without loading the page anew, and focus goes with it', async ({
  page,
  locale,
}) => {
  const w = wordsOf(locale)
  await page.goto('/')
  await expect(linkIn(page, w.events)).toBeVisible()
  await page.evaluate(() => document.documentElement.setAttribute('data-kept', ''))
  await linkIn(page, w.events).click()
  await expect(title(page, w.events)).toBeVisible()
  expect(path(page)).toBe('/events')
  await expect(linkIn(page, w.events)).toHaveAttribute('aria-current', 'page')
  await expect(page.locator('#content')).toBeFocused()
  await page.goBack()
  await expect(title(page, w.events)).toBeHidden()
  expect(path(page)).toBe('/')
  await expect(linkIn(page, w.events)).not.toHaveAttribute('aria-current')
  await page.goForward()
  await expect(title(page, w.events)).toBeVisible()
  await expect(page.locator('html[data-kept]')).toHaveCount(1)
})

test('back leads to where one was, a new page begins at its top', async ({ page, locale }) => {
  const w = wordsOf(locale)
  await page.setViewportSize({ width: 400, height: 300 })
  await page.goto('/new')
  await expect(page.getByRole('textbox').first()).toBeVisible()
  await page.evaluate(() => window.scrollTo({ top: 200, behavior: 'instant' }))
  await follow(page, w.events)
  await expect(title(page, w.events)).toBeVisible()
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0)
  await page.goBack()
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(200)
  await page.goForward()
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0)
})

test('with a key held a link opens in another tab, and this one stays', async ({
  page,
  context,
  locale,
}) => {
  const w = wordsOf(locale)
  await page.goto('/')
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    linkIn(page, w.events).click({ modifiers: ['ControlOrMeta'] }),
  ])
  await expect(title(tab, w.events)).toBeVisible()
  expect(path(page)).toBe('/')
})

test('who goes elsewhere while a page is on its way stays there', async ({ page, locale }) => {
  const w = wordsOf(locale)
  const held: Route[] = []
  await page.route('**/assets/EventsPage*.js', (route) => void held.push(route))
  await page.goto('/')
  await follow(page, w.events)
  await expect.poll(() => held.length).toBe(1)
  await follow(page, w.newPoll)
  await expect(title(page, w.newPoll)).toBeVisible()
  await held[0]?.continue()
  // The very module that was waited for, and then the drawing of what it might have changed.
  const script = held[0]?.request().url() ?? ''
  await page.evaluate(async (url) => void (await import(url)), script)
  await page.evaluate(() => new Promise(requestAnimationFrame))
  await expect(title(page, w.newPoll)).toBeVisible()
  expect(path(page)).toBe('/new')
})

test('a private link pasted over its poll is taken up, and leaves the address', async ({
  page,
  commontime,
}) => {
  const poll = await commontime.opensPoll()
  await page.goto(poll.links.answer)
  await expect(title(page, poll.title)).toBeVisible()
  await page.evaluate((fragment) => (location.hash = fragment), poll.capabilities.organiser)
  await expect.poll(() => new URL(page.url()).hash).toBe('')
  await page.reload()
  const kept = await page.evaluate(() => JSON.stringify(localStorage))
  expect(kept).toContain(poll.capabilities.organiser)
})
