/** The board of events: added, completed, kept fresh with and without the stream, never in vain. */
import { EventEmitter, once } from 'node:events'

import { Board, someTitle, somebodyAdds } from './board'
import { expect, test as base } from './commontime'

const test = base.extend<{ board: Board }>({
  board: async ({ page, locale }, use) => use(new Board(page, locale)),
})

test('an event that was added is there, counts down, and completes by itself', async ({
  board,
}) => {
  await board.opens()
  await board.isLive()
  const title = someTitle()
  await board.adds(title)
  await board.shows(title, 'pending')
  await expect(board.row(title)).toContainText(/[1-3] [sс]/)
  await board.shows(title, 'completed')
  await expect(board.row(title)).toContainText(board.words.doneByTimer.replace('{when}', ''))
  await expect(board.completeButton(title)).toBeHidden()
})

test('an event completed by hand stays so, and the focus stays in its row', async ({ board }) => {
  await board.opens()
  const title = someTitle()
  await board.adds(title, board.words.completionManual)
  await board.completeButton(title).focus()
  await board.page.keyboard.press('Enter')
  await board.shows(title, 'completed')
  await expect(board.row(title).getByRole('button')).toBeFocused()
  await board.page.reload()
  await board.shows(title, 'completed')
})

test('what somebody else does is seen', async ({ board, commontime }) => {
  await board.opens()
  await board.isLive()
  const title = someTitle()
  const event = await somebodyAdds(commontime, title)
  await expect(board.row(title)).toBeVisible()
  await commontime.call('POST', `/events/${event.id}/complete`)
  await expect(board.row(title)).toContainText(board.words.is_completed)
})

test('without the stream a countdown goes from five to one, and the list is read again', async ({
  board,
  commontime,
}) => {
  await board.withoutStream()
  await board.opens()
  const title = someTitle()
  await somebodyAdds(commontime, title)
  for (const seconds of [5, 4, 3, 2, 1]) await expect.poll(() => board.secondsLeft()).toBe(seconds)
  await expect(board.row(title)).toBeVisible()
  await expect.poll(() => board.secondsLeft()).toBeGreaterThan(3)
})

test('the stream takes over again once it is back', async ({ board, commontime }) => {
  await board.withoutStream()
  await board.opens()
  await expect(board.timer).toContainText(/5|4/)
  await board.withStream()
  await expect(board.timer).toContainText(board.live.live, { timeout: 40_000 })
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await expect(board.row(title)).toBeVisible()
})

test('nothing is read while it is paused, until it goes on', async ({ board, commontime }) => {
  await board.page.clock.install()
  await board.opens()
  await board.isLive()
  await board.button(board.live.pause).click()
  await expect(board.timer).toContainText(board.live.paused)
  const title = someTitle()
  await somebodyAdds(commontime, title)
  const before = board.timesRead
  await board.page.clock.runFor('05:00')
  expect(board.timesRead).toBe(before)
  await expect(board.row(title)).toBeHidden()
  await board.button(board.live.resume).click()
  await expect(board.row(title)).toBeVisible()
})

test('nothing is read in a hidden tab, and at once when it is seen again', async ({
  board,
  commontime,
}) => {
  await board.page.clock.install()
  await board.withoutStream()
  await board.opens()
  await board.seenAs('hidden')
  const title = someTitle()
  await somebodyAdds(commontime, title)
  const before = board.timesRead
  await board.page.clock.runFor('05:00')
  expect(board.timesRead).toBe(before)
  await board.seenAs('visible')
  await expect(board.row(title)).toBeVisible()
})

test('the list is read on demand', async ({ board, commontime }) => {
  await board.opens()
  await board.button(board.live.pause).click()
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await board.button(board.live.refreshNow).click()
  await expect(board.row(title)).toBeVisible()
  await expect(board.timer).toContainText(board.live.paused)
})

test('a server that is away is tried again ever later, and found again', async ({
  board,
  commontime,
}) => {
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await board.withoutStream()
  await board.opens()
  await expect(board.row(title)).toBeVisible()
  await board.withoutServer()
  const [retrying = ''] = board.live.retryingIn.split('{n}')
  await expect(board.timer).toContainText(retrying)
  await expect.poll(() => board.secondsLeft(), { timeout: 15_000 }).toBeGreaterThan(5)
  // What was read is still there to look at.
  await expect(board.row(title)).toBeVisible()
  await board.withServer()
  await board.button(board.live.refreshNow).click()
  await expect(board.timer).not.toContainText(retrying)
})

test('a page that never heard of the server says so and tries again', async ({ board }) => {
  await board.withoutStream()
  await board.withoutServer()
  await board.page.goto('/events')
  await expect(board.page.getByRole('alert')).toContainText(board.words.listFailed)
  await board.withServer()
  await expect(board.page.getByRole('alert')).toBeHidden()
})

test('offline is said, and the list is fresh again with the network', async ({
  board,
  context,
  commontime,
}) => {
  await board.opens()
  await board.isLive()
  await context.setOffline(true)
  await expect(board.timer).toContainText(board.live.offline)
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await context.setOffline(false)
  await board.isLive()
  await expect(board.row(title)).toBeVisible()
})

test('what could not be completed is pending again, and why is said', async ({
  board,
  commontime,
}) => {
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await board.opens()
  const network = new EventEmitter()
  await board.page.route('**/complete', async (route) => {
    await once(network, 'lost')
    await route.abort()
  })
  await board.completeButton(title).click()
  await board.shows(title, 'completed')
  network.emit('lost')
  await board.shows(title, 'pending')
  await expect(board.page.getByText(title).filter({ hasText: '.' }).last()).toBeVisible()
  await expect(board.completeButton(title)).toBeVisible()
})
