/** Opening a poll: the whole way, what is refused, and that nothing is lost or done twice. */
import type { Page } from '@playwright/test'

import enCommon from '../src/shared/i18n/en/common'
import enCreate from '../src/shared/i18n/en/create'
import ruCommon from '../src/shared/i18n/ru/common'
import ruCreate from '../src/shared/i18n/ru/create'
import { expect, test } from './commontime'

const POLLS = '**/api/v1/polls'

function words(locale: string | undefined) {
  const isRussian = locale?.startsWith('ru') ?? false
  return isRussian ? { ...ruCommon, ...ruCreate } : { ...enCommon, ...enCreate }
}

/** In the test's own zone, and long before any day that is offered has passed. */
async function opensForm(page: Page, locale: string | undefined) {
  const w = words(locale)
  await page.goto('/new')
  const title = page.getByRole('textbox', { name: w.titleLabel })
  await expect(title).toBeVisible()
  return { w, title, create: page.getByRole('button', { name: w.create, exact: true }) }
}

test('a poll is opened with a title alone, and its two links open it', async ({
  page,
  browser,
  locale,
}) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('Spring plans')
  await create.click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Spring plans')
  await expect(page.getByText(w.keepThis)).toBeVisible()
  const answer = await page.getByRole('textbox', { name: w.answerLink }).inputValue()
  const organiser = await page.getByRole('textbox', { name: w.organiserLink }).inputValue()
  expect(answer).toMatch(/\/p\/[\w-]+#ct_ans_/)
  expect(organiser).toMatch(/\/p\/[\w-]+#ct_org_/)

  for (const link of [answer, organiser]) {
    const elsewhere = await browser.newContext()
    const other = await elsewhere.newPage()
    await other.goto(link)
    await expect(other.getByRole('heading', { level: 1, name: 'Spring plans' })).toBeVisible()
    await expect(other).not.toHaveURL(/ct_/)
    await elsewhere.close()
  }
  await page.getByRole('link', { name: w.toPoll }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Spring plans' })).toBeVisible()
})

test('the links are still there after loading again', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('Kept')
  await create.click()
  await expect(page.getByRole('textbox', { name: w.organiserLink })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('textbox', { name: w.organiserLink })).toHaveValue(/#ct_org_/)
})

test('the poll has the days, hours, length and zone that were chosen', async ({
  page,
  locale,
  timezoneId,
}) => {
  const { title, w, create } = await opensForm(page, locale)
  await title.fill('Chosen')
  await page.getByRole('combobox', { name: w.from, exact: true }).selectOption('1320')
  await page.getByRole('combobox', { name: w.until, exact: true }).selectOption('1560')
  const asked = page.waitForRequest(POLLS)
  await create.click()
  const proposal = (await asked).postDataJSON() as Record<string, unknown>
  expect(proposal).toMatchObject({
    timezone: timezoneId,
    duration: 'PT60M',
    step: 'PT30M',
    daily_hours: { start: '22:00', end: '02:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] },
  })
  await expect(page.getByRole('textbox', { name: w.answerLink })).toBeVisible()
})

test('a weekday that is left out is not asked about', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('Without the first day')
  await page.getByRole('group', { name: w.weekdays }).getByRole('checkbox').first().uncheck()
  const asked = page.waitForRequest(POLLS)
  await create.click()
  const { daily_hours: hours } = (await asked).postDataJSON() as {
    daily_hours: { days: string[] }
  }
  expect(hours.days).toEqual(['tue', 'wed', 'thu', 'fri'])
})

test('without a title it says so and takes one there', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  await create.click()
  await expect(page.getByText(w.noTitle)).toBeVisible()
  await expect(title).toBeFocused()
  await expect(title).toHaveAttribute('aria-invalid', 'true')
  await title.fill('Now')
  await expect(page.getByText(w.noTitle)).toBeHidden()
})

test('a meeting longer than the hours of a day is refused in words', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('Long')
  // The radio button itself is hidden: what one sees is its label.
  await page.getByText(w.other, { exact: true }).click()
  await page.getByRole('spinbutton', { name: w.minutes }).fill('600')
  await create.click()
  await expect(page.getByText(w.longerThanHours)).toBeVisible()
  await expect(page.getByRole('spinbutton', { name: w.minutes })).toBeFocused()
})

test('what only the server refuses is told beside its field', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('A bell \u0007')
  await create.click()
  await expect(page.getByText(w.controlCharacter)).toBeVisible()
  await expect(title).toBeFocused()
})

test('single days that make no poll say which would come along', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('Single')
  await page.getByText(w.single, { exact: true }).click()
  await page.getByRole('button', { name: w.monthAfter }).click()
  const days = page.getByRole('grid').getByRole('button')
  await days.nth(7).click()
  await days.nth(15).click()
  await days.nth(21).click()
  await create.click()
  await expect(page.getByText(w.daysDoNotFit)).toBeVisible()
  await page.getByRole('button', { name: w.takeAlong }).click()
  await create.click()
  await expect(page.getByRole('textbox', { name: w.answerLink })).toBeVisible()
})

test('a double click opens one poll', async ({ page, locale }) => {
  const { w, title, create } = await opensForm(page, locale)
  const requests: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST') requests.push(request.url())
  })
  await title.fill('Once')
  await create.dblclick()
  await expect(page.getByRole('textbox', { name: w.answerLink })).toBeVisible()
  expect(requests).toHaveLength(1)
})

test('an answer that got lost is asked for again, and no second poll is opened', async ({
  page,
  locale,
}) => {
  const { w, title, create } = await opensForm(page, locale)
  await title.fill('Lost answer')
  const keys: (string | undefined)[] = []
  const opened: string[] = []
  await page.route(POLLS, async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    const response = await route.fetch()
    opened.push(((await response.json()) as { id: string }).id)
    await (keys.length === 1 ? route.abort() : route.fulfill({ response }))
  })
  await create.click()
  await expect(page.getByText(w.problemUnreachable)).toBeVisible()
  await create.click()
  await expect(page.getByRole('textbox', { name: w.answerLink })).toBeVisible()
  expect(keys[0]).toBe(keys[1])
  expect(opened[0]).toBe(opened[1])
})

test('what was filled in is still there after going away and loading again', async ({
  page,
  locale,
}) => {
  const { w, title } = await opensForm(page, locale)
  await title.fill('Half done')
  await page.getByRole('combobox', { name: w.from, exact: true }).selectOption('600')
  await page.getByRole('link', { name: w.events }).click()
  await expect(page.getByRole('heading', { level: 1, name: w.events })).toBeVisible()
  await page.goBack()
  await expect(title).toHaveValue('Half done')
  await page.reload()
  await expect(title).toHaveValue('Half done')
  await expect(page.getByRole('combobox', { name: w.from, exact: true })).toHaveValue('600')
})

test('with the keyboard alone a poll is opened on days chosen in the calendar', async ({
  page,
  locale,
}) => {
  const { w, title } = await opensForm(page, locale)
  await title.focus()
  await page.keyboard.type('By keys')
  const grid = page.getByRole('grid')
  await tabUntil(page, () => grid.evaluate((it) => it.contains(document.activeElement)))
  for (const key of ['PageDown', 'Home', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
  const first = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
  await expect(grid.getByRole('button', { pressed: true })).toHaveCount(3)
  await expect(grid.getByRole('button', { pressed: true }).first()).toHaveAccessibleName(
    first ?? '',
  )
  const create = page.getByRole('button', { name: w.create, exact: true })
  await tabUntil(page, () => create.evaluate((it) => it === document.activeElement))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: w.answerLink })).toBeVisible()
})

async function tabUntil(page: Page, isThere: () => Promise<boolean>): Promise<void> {
  for (let presses = 0; presses < 60 && !(await isThere()); presses++)
    await page.keyboard.press('Tab')
  expect(await isThere()).toBe(true)
}
