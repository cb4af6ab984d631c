import type { Page } from '@playwright/test'

import { Answering } from './answering'
import { expect, test, type Commontime } from './commontime'
import { cellAt, chooses, expectMarked, Fingers, middleOf, rectangle } from './painting'

/** Three whole days by quarters of an hour, in their own zone: 3 columns and 96 rows. */
const THREE_DAYS = {
  window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-10T00:00:00+01:00' },
  step: 'PT15M',
  daily_hours: undefined,
}

async function opensGrid(page: Page, commontime: Commontime) {
  const poll = await commontime.opensPoll(THREE_DAYS)
  const ann = new Answering(page, 'ru')
  await ann.opens(poll.links.answer.replace('#', '?tz=Europe/Berlin#'))
  // To the middle of the screen, so that there is room to move in every direction.
  await ann.grid.evaluate((grid) => grid.parentElement?.scrollIntoView({ block: 'center' }))
  const fingers = new Fingers(await page.context().newCDPSession(page))
  return { ann, grid: ann.grid, fingers }
}

/** How far the grid has been scrolled within its frame. */
const scrolled = (page: Page) =>
  page.getByRole('grid').evaluate((grid) => grid.parentElement?.scrollTop ?? 0)

test('a swipe scrolls and marks nothing', async ({ page, commontime }) => {
  const { grid, fingers } = await opensGrid(page, commontime)
  const before = await scrolled(page)
  const from = await middleOf(grid, 42, 1)
  const to = { x: from.x, y: from.y - 150 }
  await fingers.down(from)
  await fingers.glides(from, to)
  await fingers.up()
  await expect.poll(() => scrolled(page)).toBeGreaterThan(before + 50)
  await expectMarked(grid, '')
})

test('a tap marks one cell, and clears it', async ({ page, commontime }) => {
  const { grid, fingers } = await opensGrid(page, commontime)
  const point = await middleOf(grid, 38, 1)
  await fingers.down(point)
  await fingers.up()
  await expectMarked(grid, '38,1')
  await fingers.down(point)
  await fingers.up()
  await expectMarked(grid, '')
})

test('a finger that rests, then moves, marks a rectangle and scrolls nothing', async ({
  page,
  commontime,
}) => {
  const { grid, fingers } = await opensGrid(page, commontime)
  const before = await scrolled(page)
  const from = await middleOf(grid, 35, 0)
  const to = await middleOf(grid, 39, 1)
  await fingers.down(from)
  await expect(page.locator('.tg-preview')).toBeVisible()
  await fingers.glides(from, to)
  await fingers.up()
  await expectMarked(grid, rectangle([35, 39], [0, 1]))
  expect(await scrolled(page)).toBe(before)
})

test('a second finger takes it back', async ({ page, commontime }) => {
  const { grid, fingers } = await opensGrid(page, commontime)
  const from = await middleOf(grid, 35, 0)
  const second = await middleOf(grid, 37, 2)
  await fingers.down(from)
  await expect(page.locator('.tg-preview')).toBeVisible()
  await fingers.down(from, second)
  await expect(page.locator('.tg-preview')).toBeHidden()
  await fingers.move(from, { x: second.x, y: second.y + 40 })
  await fingers.up()
  // What comes after is a gesture of its own.
  await cellAt(grid, 40, 1).tap()
  await expectMarked(grid, '40,1')
})

test('two fingers at once mark nothing', async ({ page, commontime }) => {
  const { grid, fingers } = await opensGrid(page, commontime)
  const [one, two] = [await middleOf(grid, 36, 0), await middleOf(grid, 38, 2)]
  await fingers.down(one, two)
  await fingers.up()
  await cellAt(grid, 40, 1).tap()
  await expectMarked(grid, '40,1')
})

test('a swipe marks at once where one has chosen so, also the next time', async ({
  page,
  commontime,
}) => {
  const { ann, grid, fingers } = await opensGrid(page, commontime)
  await chooses(ann.panel, 'Отмечать')
  await page.reload()
  await expect(ann.grid).toHaveAttribute('aria-multiselectable', 'true')
  await ann.grid.evaluate((board) => board.parentElement?.scrollIntoView({ block: 'center' }))

  const before = await scrolled(page)
  const from = await middleOf(grid, 35, 0)
  await fingers.down(from)
  await fingers.glides(from, await middleOf(grid, 40, 1))
  await fingers.up()
  await expectMarked(grid, rectangle([35, 40], [0, 1]))
  expect(await scrolled(page)).toBe(before)
})

test('a long poll shows three days at once, and turns to the others', async ({
  page,
  commontime,
}) => {
  const poll = await commontime.opensPoll({
    window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-14T00:00:00+01:00' },
  })
  const ann = new Answering(page, 'ru')
  await ann.opens(poll.links.answer.replace('#', '?tz=Europe/Berlin#'))
  await expect(ann.panel.getByText('Дни 1–3 из 7')).toBeVisible()
  await cellAt(ann.grid, 0, 0).tap()
  await ann.panel.getByRole('button', { name: 'Следующие дни' }).tap()
  await expect(ann.panel.getByText('Дни 4–6 из 7')).toBeVisible()
  await cellAt(ann.grid, 1, 0).tap()
  await expectMarked(ann.grid, '1,3')
  await ann.panel.getByRole('button', { name: 'Предыдущие дни' }).tap()
  await expectMarked(ann.grid, '0,0')
})
