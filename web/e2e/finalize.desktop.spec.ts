/** Deciding: for the organiser alone, seen by everybody, with an entry for the calendar. */
import { readFile } from 'node:fs/promises'

import { expect, test } from './commontime'

const FREE = [{ start: '2030-01-07T09:00:00Z', end: '2030-01-07T10:30:00Z' }]

test('the organiser decides in two steps, everybody sees it and takes it along', async ({
  page,
  browser,
  commontime,
}) => {
  const poll = await commontime.opensPoll({ title: 'Roof party' })
  await commontime.hasFree(poll, 'Ann', FREE)
  const other = await browser.newContext()
  const guest = await other.newPage()
  await guest.goto(poll.links.answer)
  await expect(guest.getByRole('region', { name: 'Best times' })).toBeVisible()
  await expect(guest.getByRole('button', { name: /Choose this time/ })).toHaveCount(0)

  await page.goto(poll.links.organiser)
  await page
    .getByRole('button', { name: /Choose this time:/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog', { name: 'Choose this time' })
  await dialog.getByRole('button', { name: 'Choose this time' }).click()
  await dialog.getByRole('button', { name: /^Yes: / }).click()

  const decided = /Decided: Mon,? 7 January 2030, 10:00–11:00/
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('main').getByText(decided)).toBeVisible()
  await expect(guest.getByRole('main').getByText(decided)).toBeVisible()

  const downloading = guest.waitForEvent('download')
  await guest.getByRole('button', { name: 'Add to calendar (.ics)' }).click()
  const file = await downloading
  expect(file.suggestedFilename()).toBe('Roof-party.ics')
  const calendar = await readFile(await file.path(), 'utf8')
  expect(calendar).toContain('BEGIN:VEVENT')
  expect(calendar).toMatch(/DTSTART[^\r\n]*:20300107T/)
  expect(calendar).toMatch(/^UID:.+/m)

  await expect(guest.getByRole('button', { name: 'Reopen' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Reopen' }).click()
  await expect(page.getByRole('main').getByText(decided)).toBeHidden()
  await expect(guest.getByRole('main').getByText(decided)).toBeHidden()
  await other.close()
})

test('a replaced link stops working, and the new one works', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll()
  await page.goto(poll.links.organiser)
  await page.getByRole('button', { name: 'Links and settings' }).click()
  const links = page.getByRole('region', { name: 'Links', exact: true })
  await links.getByRole('button', { name: 'Replace the link for everybody' }).click()
  await links.getByRole('button', { name: 'Yes: the old link stops working' }).click()
  const field = links.getByLabel('Link for everybody who is to answer')
  await expect(field).toHaveValue(/#ct_ans_/)
  await expect(field).not.toHaveValue(new RegExp(poll.capabilities.answer))
  const token = (await field.inputValue()).split('#')[1] ?? ''
  await commontime.call('GET', `/polls/${poll.id}`, { token })
  await expect(
    commontime.call('GET', `/polls/${poll.id}`, { token: poll.capabilities.answer }),
  ).rejects.toThrow('404')
})

test('an erased poll is gone, for whoever has it open and whoever comes', async ({
  page,
  browser,
  commontime,
}) => {
  const poll = await commontime.opensPoll({ title: 'Secret' })
  await page.goto(poll.links.organiser)
  await page.getByRole('button', { name: 'Links and settings' }).click()
  await page.getByRole('button', { name: 'Delete everything…' }).click()
  const erase = page.getByRole('button', { name: 'Delete everything', exact: true })
  await expect(erase).toBeDisabled()
  await page.getByLabel('Type the title to confirm: Secret').fill('Secret')
  await erase.click()
  await expect(page.getByText('The poll and all answers are deleted.')).toBeVisible()
  await expect(page).toHaveURL('/')
  const other = await browser.newContext()
  const guest = await other.newPage()
  await guest.goto(poll.links.answer)
  await expect(guest.getByText('This link does not open a poll')).toBeVisible()
  await other.close()
})
