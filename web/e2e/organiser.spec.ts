/** What an organiser changes, and how others come to see it. */
import type { Browser, Locator } from '@playwright/test'

import { expect, test, type Commontime, type OpenedPoll } from './commontime'
import { free, Looking } from './results'

const OTHER_CHANGE = 'Changed by somebody else'

/** The organiser's page with all tools open. */
async function organises(me: Looking, poll: OpenedPoll): Promise<void> {
  await me.opens(poll.links.organiser, 'best')
  await me.button(new RegExp(me.words.results.organiserTools)).click()
  await expect(me.page.getByRole('heading', { name: me.words.organiser.links })).toBeVisible()
}

/** Somebody else at their own browser. */
async function guestOf(browser: Browser, me: Looking, locale: string | undefined, link: string) {
  const options = { locale: locale ?? 'en', viewport: me.page.viewportSize() }
  const guest = new Looking(await (await browser.newContext(options)).newPage(), locale)
  await guest.opens(link, 'mine')
  return guest
}

/** One of the people among the tools. */
function person(me: Looking, name: string): Locator {
  return me.page
    .getByRole('region', { name: me.words.organiser.people, exact: true })
    .getByRole('listitem')
    .filter({ hasText: name })
}

async function storedPoll(commontime: Commontime, poll: OpenedPoll) {
  const token = poll.capabilities.organiser
  return (await commontime.call('GET', `/polls/${poll.id}`, { token })) as {
    title: string
    description: string | null
    duration: string
    state: string
    version: number
  }
}

test('a corrected title, text and length are saved and seen by others at once', async ({
  page,
  browser,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll({ title: 'Old title' })
  const me = new Looking(page, locale)
  const guest = await guestOf(browser, me, locale, poll.links.answer)
  await organises(me, poll)
  await page.getByLabel(me.words.organiser.title, { exact: true }).fill('New title')
  await page.getByLabel(me.words.organiser.description).fill('What it is about')
  await page.getByLabel(me.words.organiser.minutes).fill('90')
  await me.button(me.words.organiser.save).click()
  await expect(page.getByText(me.words.organiser.saved).first()).toBeVisible()
  await expect(guest.page.getByRole('heading', { level: 1, name: 'New title' })).toBeVisible()
  await expect(guest.page.getByText('What it is about')).toBeVisible()
  const stored = await storedPoll(commontime, poll)
  expect(stored).toMatchObject({ title: 'New title', duration: 'PT1H30M' })
})

test('an edit of a poll that was changed meanwhile is told, loses nothing and can be repeated', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll({ title: 'Old title' })
  const me = new Looking(page, locale)
  await organises(me, poll)
  const title = page.getByLabel(me.words.organiser.title, { exact: true })
  await title.fill('My title')
  const { version } = await storedPoll(commontime, poll)
  await commontime.call('PATCH', `/polls/${poll.id}`, {
    token: poll.capabilities.organiser,
    data: { description: OTHER_CHANGE },
    headers: { 'If-Match': `"${version}"` },
  })
  await expect(page.getByRole('paragraph').filter({ hasText: OTHER_CHANGE })).toBeVisible()
  await me.button(me.words.organiser.save).click()
  await expect(
    page.getByRole('alert').filter({ hasText: me.words.organiser.changed }),
  ).toBeVisible()
  await expect(title).toHaveValue('My title')
  expect((await storedPoll(commontime, poll)).title).toBe('Old title')
  await me.button(me.words.organiser.save).click()
  await expect(page.getByRole('heading', { level: 1, name: 'My title' })).toBeVisible()
  const stored = await storedPoll(commontime, poll)
  expect(stored).toMatchObject({ title: 'My title', description: OTHER_CHANGE })
})

test('a closed poll takes no answers and says so, until it is opened again', async ({
  page,
  browser,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const me = new Looking(page, locale)
  const guest = await guestOf(browser, me, locale, poll.links.answer)
  await organises(me, poll)
  await me.button(me.words.organiser.close).click()
  const closed = guest.page.getByRole('main').getByText(me.words.results.closed)
  await expect(closed).toBeVisible()
  await expect(guest.page.getByText(me.words.poll.notOpen)).toBeVisible()
  expect((await storedPoll(commontime, poll)).state).toBe('closed')
  await me.button(me.words.results.reopen).first().click()
  await expect(closed).toBeHidden()
  await expect(me.button(me.words.organiser.close)).toBeVisible()
  expect((await storedPoll(commontime, poll)).state).toBe('open')
})

test('a meeting is cancelled on the second press alone, and everybody is told', async ({
  page,
  browser,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const me = new Looking(page, locale)
  const guest = await guestOf(browser, me, locale, poll.links.answer)
  await organises(me, poll)
  await me.button(me.words.organiser.cancel).click()
  expect((await storedPoll(commontime, poll)).state).toBe('open')
  await me.button(me.words.organiser.cancelSure).click()
  const cancelled = me.words.results.cancelled
  await expect(page.getByRole('main').getByText(cancelled)).toBeVisible()
  await expect(guest.page.getByRole('main').getByText(cancelled)).toBeVisible()
  expect((await storedPoll(commontime, poll)).state).toBe('cancelled')
})

test('times without somebody required are no longer offered', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await commontime.hasFree(poll, 'Ann', free('10:00', '11:00'))
  await commontime.hasFree(poll, 'Ben', free('10:00', '11:00'))
  await commontime.hasFree(poll, 'Cem', free('15:00', '16:00'))
  const me = new Looking(page, locale)
  await organises(me, poll)
  const first = me.best.getByRole('heading', { level: 3 }).first()
  await expect(first).toContainText('10:00–11:00')
  const required = page.getByLabel(me.says(me.words.organiser.requiredOf, { name: 'Cem' }))
  await required.check()
  await expect(first).toContainText('15:00–16:00')
  await expect(me.best.getByRole('heading', { level: 3 })).toHaveCount(1)
  await required.uncheck()
  await expect(first).toContainText('10:00–11:00')
})

test('a removed person and their times are gone', async ({ page, browser, commontime, locale }) => {
  const poll = await commontime.opensPoll()
  await commontime.hasFree(poll, 'Ann', free('10:00', '11:00'))
  await commontime.hasFree(poll, 'Ben', free('10:00', '12:00'))
  const me = new Looking(page, locale)
  const guest = await guestOf(browser, me, locale, poll.links.answer)
  await organises(me, poll)
  const ben = person(me, 'Ben')
  await me.button(me.words.organiser.remove, ben).click()
  await me.button(me.says(me.words.organiser.removeSure, { name: 'Ben' }), ben).click()
  await expect(ben).toHaveCount(0)
  await expect(person(me, 'Ann')).toHaveCount(1)
  await expect(
    guest.page.getByText(me.says(me.words.poll.answered, { n: 1 })).first(),
  ).toBeVisible()
  const token = poll.capabilities.answer
  const people = await commontime.call('GET', `/polls/${poll.id}/participants`, { token })
  expect((people as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual(['Ann'])
})

test('who lost their private link gets another, and the old one opens nothing', async ({
  page,
  browser,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = await commontime.hasFree(poll, 'Ann', free('10:00', '11:00'))
  const me = new Looking(page, locale)
  await organises(me, poll)
  const row = person(me, 'Ann')
  await me.button(me.words.organiser.newLink, row).click()
  await me.button(me.words.organiser.newLinkSure, row).click()
  const label = me.says(me.words.organiser.newLinkFor, { name: 'Ann' })
  const link = await row.getByLabel(label).inputValue()
  expect(link).not.toContain(ann.edit)
  await expect(commontime.answers(ann, free('12:00', '13:00'))).rejects.toThrow(/40[134]/)
  const guest = await guestOf(browser, me, locale, link)
  const mine = guest.page.getByRole('region', { name: me.words.poll.mineTitle, exact: true })
  await expect(mine).toContainText(me.words.poll.answeringAs)
  await expect(mine.getByText('Ann', { exact: true })).toBeVisible()
  await expect(mine.getByRole('gridcell', { selected: true })).toHaveCount(2)
})

test('the organiser goes on with a new organiser link, while the old one opens nothing', async ({
  page,
  browser,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll({ title: 'Mine alone' })
  const me = new Looking(page, locale)
  await organises(me, poll)
  // The page cannot read what a new link changes about the poll before the next change is sent.
  const isSaving = page.waitForRequest((request) => request.method() === 'PATCH')
  await page.route(`**/api/v1/polls/${poll.id}`, async (route) => {
    if (route.request().method() === 'GET') await isSaving
    await route.fallback()
  })
  await me.button(me.words.organiser.rotateOrganiser).click()
  await me.button(me.words.organiser.rotateSure).click()
  await expect(page.getByText(me.words.organiser.rotated).first()).toBeVisible()
  const field = page.getByLabel(me.words.organiser.organiserLink, { exact: true })
  await expect(field).not.toHaveValue(new RegExp(poll.capabilities.organiser))
  const link = await field.inputValue()

  await page.getByLabel(me.words.organiser.title, { exact: true }).fill('Still mine')
  await me.button(me.words.organiser.save).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Still mine' })).toBeVisible()
  await expect(storedPoll(commontime, poll)).rejects.toThrow('404')
  const options = { locale: locale ?? 'en' }
  const late = await (await browser.newContext(options)).newPage()
  await late.goto(poll.links.organiser)
  await expect(late.getByText(me.words.trouble.notFoundTitle)).toBeVisible()
  const again = await guestOf(browser, me, locale, link)
  await expect(
    again.page.getByRole('heading', { name: me.words.results.organiserTitle }),
  ).toBeVisible()
})
