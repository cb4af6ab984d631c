import { EventEmitter, once } from 'node:events'

import type { Locator, Page } from '@playwright/test'

import enGrid from '../src/shared/i18n/en/grid'
import enMarking from '../src/shared/i18n/en/marking'
import ruGrid from '../src/shared/i18n/ru/grid'
import ruMarking from '../src/shared/i18n/ru/marking'
import { Answering, storedTimes } from './answering'
import { expect, test, type Commontime } from './commontime'
import { cellAt, expectMarked, rectangle } from './painting'

/** Three days from nine to five, by half hours: 3 columns and 16 rows. */
const THREE_DAYS = {
  window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-10T00:00:00+01:00' },
}

const en = { ...enGrid, ...enMarking }
const ru = { ...ruGrid, ...ruMarking }
const wordsOf = (locale: string | undefined) => (locale?.startsWith('ru') ? ru : en)
/** What a message says around its parameters. */
const part = (message: string) => message.replace(/\{\w+\}/g, '').trim()

async function opensGrid(page: Page, commontime: Commontime, locale: string | undefined) {
  const poll = await commontime.opensPoll(THREE_DAYS)
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer.replace('#', '?tz=Europe/Berlin#'))
  return { ann, poll, grid: ann.grid, words: wordsOf(locale) }
}

/** Press keys one after the other; none of them may lose the focus. */
async function presses(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key)
    expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true)
  }
}

/** Press Tab until the focus is there. */
async function tabsTo(page: Page, target: Locator): Promise<void> {
  for (let tabs = 0; tabs < 60; tabs++) {
    await page.keyboard.press('Tab')
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error('Tab never came there')
}

const focused = (page: Page) => page.locator(':focus')

test('all of an answer can be given without a mouse', async ({ page, commontime, locale }) => {
  const { ann, poll, grid, words } = await opensGrid(page, commontime, locale)

  await tabsTo(page, cellAt(grid, 0, 0))
  // Monday 9:00–10:30 free, 11:00–11:30 if needed; the whole of Wednesday.
  await presses(page, 'Space', 'Shift+ArrowDown', 'Shift+ArrowDown')
  await presses(page, 'ArrowDown', 'ArrowDown', '2', 'Space')
  await presses(page, '1', 'Control+Home', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'Space')
  await expectMarked(grid, '0,0 0,2 1,0 1,2 2,0 2,2 3,2 4,0 4,2 ' + rectangle([5, 15], [2, 2]))

  await tabsTo(page, ann.panel.getByRole('textbox', { name: ann.words.yourName }))
  await page.keyboard.type('Ann')
  await page.keyboard.press('Enter')
  await ann.isSaved()
  expect(await storedTimes(commontime, poll, 'Ann')).toEqual([
    { start: '2030-01-07T08:00:00Z', end: '2030-01-07T09:30:00Z', preference: 'available' },
    { start: '2030-01-07T10:00:00Z', end: '2030-01-07T10:30:00Z', preference: 'if_needed' },
    { start: '2030-01-09T08:00:00Z', end: '2030-01-09T16:00:00Z', preference: 'available' },
  ])
  await expect(cellAt(grid, 4, 0)).toHaveAccessibleName(new RegExp(`, ${words.ifNeeded}$`))
})

test('the arrows go from cell to cell, Home and End along the day, and Tab leaves', async ({
  page,
  commontime,
  locale,
}) => {
  const { grid } = await opensGrid(page, commontime, locale)
  await cellAt(grid, 0, 0).focus()
  await presses(page, 'ArrowDown', 'ArrowRight')
  await expect(cellAt(grid, 1, 1)).toBeFocused()
  await presses(page, 'End', 'PageDown')
  await expect(cellAt(grid, 3, 2)).toBeFocused()
  await presses(page, 'Home', 'PageUp')
  await expect(cellAt(grid, 1, 0)).toBeFocused()
  await presses(page, 'Control+End', 'ArrowRight', 'ArrowDown')
  await expect(cellAt(grid, 15, 2)).toBeFocused()
  await presses(page, 'Control+Home')
  await expect(cellAt(grid, 0, 0)).toBeFocused()

  await presses(page, 'ArrowDown', 'Tab')
  expect(await grid.evaluate((board) => board.contains(document.activeElement))).toBe(false)
  await presses(page, 'Shift+Tab')
  await expect(cellAt(grid, 1, 0)).toBeFocused()
})

test('above the cells are the days, and before them the hours', async ({
  page,
  commontime,
  locale,
}) => {
  const { grid, words } = await opensGrid(page, commontime, locale)
  await cellAt(grid, 0, 1).focus()
  await presses(page, 'ArrowUp')
  await expect(focused(page)).toHaveAccessibleName(new RegExp(part(words.wholeDay)))
  await presses(page, 'Enter')
  await expectMarked(grid, rectangle([0, 15], [1, 1]))
  await presses(page, 'Enter', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown')
  await presses(page, 'ArrowLeft', 'ArrowLeft')
  await expect(focused(page)).toHaveAccessibleName(/10:00–11:00/)
  await presses(page, 'Space')
  await expectMarked(grid, rectangle([2, 3], [0, 2]))
  await presses(page, 'ArrowRight')
  await expect(cellAt(grid, 2, 0)).toBeFocused()
})

test.describe('Shift with the arrows', () => {
  test('marks with the brush, whatever is marked where it begins', async ({
    page,
    commontime,
    locale,
  }) => {
    const { grid } = await opensGrid(page, commontime, locale)
    await cellAt(grid, 2, 0).focus()
    await presses(page, 'Space', 'Shift+ArrowDown', 'Shift+ArrowRight')
    await expectMarked(grid, rectangle([2, 3], [0, 1]))
    // Again from a marked cell: it does not clear.
    await presses(page, 'ArrowUp', 'Shift+ArrowDown')
    await expectMarked(grid, rectangle([2, 3], [0, 1]))
    await presses(page, '0', 'ArrowUp', 'Shift+ArrowLeft')
    await expectMarked(grid, '3,0 3,1')
  })

  test('is one gesture until Shift is let go, and Escape takes it back', async ({
    page,
    commontime,
    locale,
  }) => {
    const { grid } = await opensGrid(page, commontime, locale)
    await cellAt(grid, 2, 0).focus()
    await page.keyboard.down('Shift')
    await presses(page, 'ArrowDown', 'ArrowDown', 'ArrowRight')
    await expectMarked(grid, '')
    await page.keyboard.up('Shift')
    await expectMarked(grid, rectangle([2, 4], [0, 1]))
    await presses(page, 'Control+z')
    await expectMarked(grid, '')

    await page.keyboard.down('Shift')
    await presses(page, 'ArrowUp', 'Escape')
    await page.keyboard.up('Shift')
    await expectMarked(grid, '')
  })
})

test('Space clears what already has the brush, and else marks over it', async ({
  page,
  commontime,
  locale,
}) => {
  const { grid, words } = await opensGrid(page, commontime, locale)
  await cellAt(grid, 2, 0).focus()
  await presses(page, 'Space', '3', 'Space')
  await expect(cellAt(grid, 2, 0)).toHaveAccessibleName(new RegExp(`${words.preferred}$`))
  await presses(page, 'Space')
  await expectMarked(grid, '')
})

test('the list does all that the grid does', async ({ page, commontime, locale }) => {
  const { ann, poll, words } = await opensGrid(page, commontime, locale)
  await ann.joinsAs('Ann')
  await ann.panel.getByRole('radio', { name: ann.words.asList }).focus()
  await presses(page, 'Space')
  const add = ann.panel.getByRole('button', { name: part(words.addTimeOn) })
  await add.nth(1).focus()
  await presses(page, 'Enter')

  await expect(ann.panel.getByLabel(words.from, { exact: true })).toBeFocused()
  await ann.panel.getByLabel(words.from, { exact: true }).selectOption('10:30')
  await ann.panel.getByLabel(words.until, { exact: true }).selectOption('12:00')
  await ann.panel.getByLabel(words.as, { exact: true }).selectOption(words.ifNeeded)
  await ann.panel.getByRole('button', { name: words.add, exact: true }).focus()
  await presses(page, 'Enter')
  await expect(add.nth(1)).toBeFocused()
  await ann.isSaved()
  expect(await storedTimes(commontime, poll, 'Ann')).toEqual([
    { start: '2030-01-08T09:30:00Z', end: '2030-01-08T11:00:00Z', preference: 'if_needed' },
  ])

  await ann.panel.getByRole('button', { name: new RegExp(part(words.removeTime)) }).focus()
  await presses(page, 'Enter')
  await expect(ann.panel.getByText('10:30')).toHaveCount(0)
  await expect.poll(() => storedTimes(commontime, poll, 'Ann')).toEqual([])
})

test('what is pressed before the script for it has come is done when it comes', async ({
  page,
  commontime,
  locale,
}) => {
  const script = new EventEmitter()
  const isSent = once(script, 'sent')
  await page.route('**/assets/useKeys-*.js', async (route) => {
    await isSent
    await route.continue()
  })
  const { grid } = await opensGrid(page, commontime, locale)
  await tabsTo(page, cellAt(grid, 0, 0))
  const scrolled = () => page.evaluate(() => scrollY)
  const before = await scrolled()
  await presses(page, 'Space', 'Shift+ArrowDown', 'ArrowRight', 'Space', 'PageDown', 'Space')
  await expectMarked(grid, '')
  expect(await scrolled()).toBe(before)

  script.emit('sent')
  await expectMarked(grid, '0,0 1,0 1,1 3,1')
  await expect(cellAt(grid, 3, 1)).toBeFocused()
})
