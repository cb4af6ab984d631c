import type { Locator, Page } from '@playwright/test'

import { Answering, storedTimes } from './answering'
import { expect, test, type Commontime } from './commontime'
import { cellAt, chooses, drags, expectMarked, middleOf, paints, rectangle } from './painting'

/** Three days from nine to five, by half hours: 3 columns and 16 rows. */
const THREE_DAYS = {
  window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-10T00:00:00+01:00' },
}

async function opensGrid(page: Page, commontime: Commontime, proposal: object = THREE_DAYS) {
  const poll = await commontime.opensPoll({ ...proposal })
  const ann = new Answering(page, 'en')
  await ann.opens(poll.links.answer)
  // Clear of what stays at the edges of the window.
  await ann.grid.evaluate((grid) => grid.parentElement?.scrollIntoView({ block: 'center' }))
  return { ann, poll, grid: ann.grid }
}

const day = (grid: Locator, name: string) => grid.getByRole('button', { name })

test.describe('dragging', () => {
  test('marks the rectangle between press and release, and it is saved', async ({
    page,
    commontime,
  }) => {
    const { ann, poll, grid } = await opensGrid(page, commontime)
    await ann.joinsAs('Ann')

    await paints(page, grid, [1, 0], [3, 1])

    await expectMarked(grid, rectangle([1, 3], [0, 1]))
    await ann.isSaved()
    expect(await storedTimes(commontime, poll, 'Ann')).toMatchObject([
      { start: '2030-01-07T08:30:00Z', end: '2030-01-07T10:00:00Z' },
      { start: '2030-01-08T08:30:00Z', end: '2030-01-08T10:00:00Z' },
    ])
  })

  test('says once what it has marked', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await paints(page, grid, [1, 1], [4, 1])
    await expect(page.getByText(/Tue.* 8 January.*09:30–11:30 marked free/).first()).toBeAttached()
  })

  test('upwards and to the left marks the same', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await paints(page, grid, [5, 2], [4, 1])
    await expectMarked(grid, rectangle([4, 5], [1, 2]))
  })

  test('from a marked cell clears', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await paints(page, grid, [1, 0], [3, 1])
    await paints(page, grid, [2, 0], [3, 2])
    await expectMarked(grid, rectangle([1, 1], [0, 1]))
  })

  test('marks nothing when Escape is pressed on the way', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await cellAt(grid, 0, 0).focus()
    await drags(page, grid, [1, 0], [3, 1])
    await page.keyboard.press('Escape')
    await page.mouse.up()
    await paints(page, grid, [5, 2], [5, 2])
    await expectMarked(grid, '5,2')
  })

  test('to the edge scrolls, and marks what comes into sight', async ({ page, commontime }) => {
    const wholeDays = { ...THREE_DAYS, step: 'PT15M', daily_hours: undefined }
    const { grid } = await opensGrid(page, commontime, wholeDays)
    await grid.scrollIntoViewIfNeeded()
    const start = await middleOf(grid, 36, 1)
    await page.mouse.move(start.x, start.y)
    await page.mouse.down()
    const bottom = await bottomOf(grid)
    await page.mouse.move(start.x, bottom - 10, { steps: 5 })

    await expect(cellAt(grid, 95, 1)).toBeInViewport()
    await page.mouse.up()
    await expectMarked(grid, rectangle([36, 95], [1, 1]))
  })
})

/** Of what is seen of the grid: of the element that scrolls it, or of the window. */
async function bottomOf(grid: Locator): Promise<number> {
  return grid.evaluate((board) => {
    const seen = board.parentElement?.getBoundingClientRect().bottom ?? 0
    return Math.min(seen, window.innerHeight)
  })
}

test.describe('with one click', () => {
  test('a cell is marked, and a second one clears it', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await cellAt(grid, 2, 2).click()
    await expectMarked(grid, '2,2')
    await cellAt(grid, 2, 2).click()
    await expectMarked(grid, '')
  })

  test('and Shift all from the cell before is marked', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await cellAt(grid, 2, 0).click()
    await cellAt(grid, 5, 1).click({ modifiers: ['Shift'] })
    await expectMarked(grid, rectangle([2, 5], [0, 1]))
  })

  test('on a day all of it is marked, and cleared with another', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    const tuesday = day(grid, 'Tue ')
    await tuesday.click()
    await expectMarked(grid, rectangle([0, 15], [1, 1]))
    await tuesday.click()
    await expectMarked(grid, '')
  })

  test('on an hour it is marked on all days', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    const first = await middleOf(grid, 2, 0)
    const { x = 0 } = (await grid.boundingBox()) ?? {}
    await page.mouse.click(x + 20, first.y)
    await expectMarked(grid, rectangle([2, 3], [0, 2]))
  })

  test('a brush is chosen, and each level has its name', async ({ page, commontime }) => {
    const { ann, grid } = await opensGrid(page, commontime)
    await chooses(ann.panel, 'If needed')
    await cellAt(grid, 0, 0).click()
    await chooses(ann.panel, 'Preferred')
    await cellAt(grid, 0, 1).click()
    await expect(cellAt(grid, 0, 0)).toHaveAccessibleName(
      /Mon.* 7 January.*09:00–09:30, If needed$/,
    )
    await expect(cellAt(grid, 0, 1)).toHaveAccessibleName(/Preferred$/)
    await chooses(ann.panel, 'Clear')
    await paints(page, grid, [0, 0], [0, 1])
    await expectMarked(grid, '')
  })
})

test.describe('undo', () => {
  test('takes back gesture after gesture, and redo does them again', async ({
    page,
    commontime,
  }) => {
    const { ann, grid } = await opensGrid(page, commontime)
    const undo = ann.panel.getByRole('button', { name: 'Undo' })
    await paints(page, grid, [0, 0], [1, 1])
    await paints(page, grid, [4, 0], [4, 2])

    await undo.click()
    await expectMarked(grid, rectangle([0, 1], [0, 1]))
    await undo.click()
    await expectMarked(grid, '')
    await expect(undo).toBeDisabled()
    await ann.panel.getByRole('button', { name: 'Redo' }).click()
    await expectMarked(grid, rectangle([0, 1], [0, 1]))
  })

  test('is Control Z while the focus is in the grid, and nowhere else', async ({
    page,
    commontime,
  }) => {
    const { ann, grid } = await opensGrid(page, commontime)
    await paints(page, grid, [0, 0], [1, 1])
    await ann.panel.getByRole('textbox').focus()
    await page.keyboard.press('Control+z')
    await expectMarked(grid, rectangle([0, 1], [0, 1]))
    await cellAt(grid, 5, 0).focus()
    await page.keyboard.press('Control+z')
    await expectMarked(grid, '')
    await page.keyboard.press('Control+Shift+z')
    await expectMarked(grid, rectangle([0, 1], [0, 1]))
  })

  test('takes a copied day back at once', async ({ page, commontime }) => {
    const { ann, grid } = await opensGrid(page, commontime)
    await paints(page, grid, [1, 0], [2, 0])
    await chooses(ann.panel, 'If needed')
    await paints(page, grid, [5, 0], [5, 0])

    await ann.panel.getByRole('button', { name: 'More' }).click()
    await page.getByRole('dialog').getByLabel('All days').check()
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click()
    await expectMarked(grid, [rectangle([1, 2], [0, 2]), rectangle([5, 5], [0, 2])].join(' '))
    await expect(cellAt(grid, 5, 2)).toHaveAccessibleName(/If needed$/)

    await ann.panel.getByRole('button', { name: 'Undo' }).click()
    await expectMarked(grid, '1,0 2,0 5,0')
  })

  test('takes swapping back, too', async ({ page, commontime }) => {
    const { ann, grid } = await opensGrid(page, commontime)
    await paints(page, grid, [0, 0], [13, 2])
    await ann.panel.getByRole('button', { name: 'More' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Swap' }).click()
    await expectMarked(grid, rectangle([14, 15], [0, 2]))
    await ann.panel.getByRole('button', { name: 'Undo' }).click()
    await expectMarked(grid, rectangle([0, 13], [0, 2]))
  })
})

test.describe('the cell below the pointer is the one that is marked', () => {
  for (const percent of [110, 125, 150]) {
    test(`when the browser zooms to ${percent} %`, async ({ page, commontime }) => {
      const { grid } = await opensGrid(page, commontime)
      // As zooming does: fewer pixels of the page, each of them larger.
      const session = await page.context().newCDPSession(page)
      await session.send('Emulation.setDeviceMetricsOverride', {
        width: Math.round((1280 * 100) / percent),
        height: Math.round((800 * 100) / percent),
        deviceScaleFactor: percent / 100,
        mobile: false,
      })
      await grid.evaluate((board) => board.parentElement?.scrollIntoView({ block: 'center' }))
      await paints(page, grid, [2, 0], [4, 1])
      await expectMarked(grid, rectangle([2, 4], [0, 1]))
    })
  }

  test('when the page itself is zoomed', async ({ page, commontime }) => {
    const { grid } = await opensGrid(page, commontime)
    await page.evaluate(() => document.documentElement.style.setProperty('zoom', '1.25'))
    await paints(page, grid, [2, 0], [4, 1])
    await expectMarked(grid, rectangle([2, 4], [0, 1]))
  })

  test('when the page has been scrolled, and the grid in it', async ({ page, commontime }) => {
    const fortnight = {
      window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-21T00:00:00+01:00' },
    }
    const { grid } = await opensGrid(page, commontime, fortnight)
    await cellAt(grid, 12, 13).scrollIntoViewIfNeeded()
    await paints(page, grid, [10, 11], [12, 13])
    await expectMarked(grid, rectangle([10, 12], [11, 13]))
  })
})

test('times that the clocks skip cannot be marked, and say why', async ({ page, commontime }) => {
  const { grid } = await opensGrid(page, commontime, {
    window: { start: '2030-03-30T00:00:00+01:00', end: '2030-04-01T00:00:00+02:00' },
    daily_hours: { start: '01:00', end: '05:00' },
  })
  const skipped = cellAt(grid, 2, 1)
  await expect(skipped).toHaveAccessibleName(/02:00: does not exist \(clocks go forward\)$/)
  await expect(skipped).toBeDisabled()
  await day(grid, 'Sun ').click()
  await expectMarked(grid, [rectangle([0, 1], [1, 1]), rectangle([4, 7], [1, 1])].join(' '))
})
