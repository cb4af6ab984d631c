import { Answering } from './answering'
import { expect, test } from './commontime'
import { Looking } from './results'

test('what one marks, another sees', async ({ page, browser, commontime, locale }) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  await ann.joinsAs('Ann')
  const ben = new Answering(await (await browser.newContext()).newPage(), locale)
  await ben.page.goto(poll.links.answer.replace('#', '?view=group#'))
  await ben.isLive()

  const seen = ben.seesChange(0)
  await ann.marks(0)
  await seen
  await ann.isSaved()
})

test('without a stream the countdown takes over, and what one marks is seen all the same', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await page.route('**/stream', (route) => route.abort())
  const ben = new Answering(page, locale)
  await ben.opens(poll.links.answer)
  await ben.isCountingDown()

  await commontime.hasFree(poll, 'Ann', poll.slots.slice(0, 1))

  await expect(page.getByText(ben.words.answered.one.replace('{n}', '1'))).toBeVisible()
})

test('a pause stops it, and going on shows what was missed', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ben = new Answering(page, locale)
  await ben.opens(poll.links.answer)
  await ben.isLive()
  const answered = page.getByText(ben.words.answered.one.replace('{n}', '1'))

  await page.getByRole('button', { name: ben.live.pause }).click()
  await commontime.hasFree(poll, 'Ann', poll.slots.slice(0, 1))
  await expect(page.getByText(ben.live.paused)).toBeVisible()
  await expect(answered).toBeHidden()

  await page.getByRole('button', { name: ben.live.resume }).click()
  await expect(answered).toBeVisible()
})

test('a cell is never read by the number that it had', async ({ page, commontime, locale }) => {
  const poll = await commontime.opensPoll()
  await commontime.hasFree(poll, 'Ann', poll.slots.slice(1, 3))
  const ben = new Looking(page, locale)
  await ben.opens(poll.links.answer, 'group')
  await expect(ben.cellsWith(1, 1)).not.toHaveCount(0)

  // Nothing is idle any more, so that no cell gets its new name.
  await page.evaluate(() => (window.requestIdleCallback = () => 0))
  await commontime.hasFree(poll, 'Boris', poll.slots.slice(1, 3))

  await expect(ben.group.getByRole('gridcell', { name: '✓2', exact: true })).not.toHaveCount(0)
  await expect(ben.cellsWith(1, 1)).toHaveCount(0)
})
