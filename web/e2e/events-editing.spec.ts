/** Events are added, changed, cancelled and taken along; what is wrong is said. */
import { Board, someTitle, somebodyAdds } from './board'
import { expect, test as base } from './commontime'

const test = base.extend<{ board: Board }>({
  board: async ({ page, locale }, use) => use(new Board(page, locale)),
})

test('a change loses nothing that somebody else has changed meanwhile', async ({
  board,
  commontime,
}) => {
  const title = someTitle()
  const event = await somebodyAdds(commontime, title)
  await board.opens()
  const dialog = await board.looksAt(title)
  await dialog.getByRole('button', { name: board.words.edit }).click()
  const name = dialog.getByRole('textbox', { name: board.words.name })
  await name.fill(`${title} mine`)
  await commontime.call('PATCH', `/events/${event.id}`, {
    data: { title: `${title} theirs` },
    headers: { 'If-Match': '"1"' },
  })
  await dialog.getByRole('button', { name: board.words.save, exact: true }).click()
  await expect(dialog.getByRole('alert')).toContainText(board.words.changedMeanwhile)
  await expect(name).toHaveValue(`${title} mine`)
  await dialog.getByRole('button', { name: board.words.takeTheirs }).click()
  await expect(name).toHaveValue(`${title} theirs`)
  await name.fill(`${title} both`)
  await dialog.getByRole('button', { name: board.words.save, exact: true }).click()
  await expect(dialog.getByRole('heading', { name: `${title} both` })).toBeVisible()
  await expect(dialog.getByRole('listitem')).toHaveCount(3)
})

test('a cancelled event is cancelled for everybody, after a question', async ({
  board,
  commontime,
}) => {
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await board.opens()
  const dialog = await board.looksAt(title)
  await dialog.getByRole('button', { name: board.words.cancelEvent }).click()
  await dialog.getByRole('button', { name: board.words.cancelYes }).click()
  await expect(dialog.getByRole('listitem')).toHaveCount(2)
  await board.page.keyboard.press('Escape')
  await board.shows(title, 'cancelled')
  await expect(board.completeButton(title)).toBeHidden()
})

test('an event can be taken along as a calendar file', async ({ board, commontime }) => {
  const title = someTitle()
  await somebodyAdds(commontime, title)
  await board.opens()
  const dialog = await board.looksAt(title)
  const downloading = board.page.waitForEvent('download')
  await dialog.getByRole('button', { name: board.words.calendar }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/\.ics$/)
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
  expect(Buffer.concat(chunks).toString()).toContain(`SUMMARY:${title}`)
})

test('only what was asked for is listed, and older ones on demand', async ({
  board,
  commontime,
}) => {
  const first = someTitle('First')
  await somebodyAdds(commontime, first)
  const last = someTitle('Last')
  const more = Array.from({ length: 50 }, () => someTitle())
  for (const title of more) await somebodyAdds(commontime, title)
  const event = await somebodyAdds(commontime, last)
  await commontime.call('POST', `/events/${event.id}/complete`)
  await board.opens()
  await board.page.getByLabel(board.words.show).selectOption('pending')
  await expect(board.row(more[49] ?? '')).toBeVisible()
  await expect(board.row(last)).toBeHidden()
  await expect(board.row(first)).toBeHidden()
  await board.button(board.words.more).click()
  await expect(board.row(first)).toBeVisible()
})

test('what is missing is said where it is missing', async ({ board }) => {
  await board.opens()
  await board.opensForm()
  await board.time(board.words.starts).fill('')
  await board.button(board.words.create).click()
  await expect(board.field(board.words.name)).toBeFocused()
  await expect(board.field(board.words.name)).toHaveAccessibleDescription(board.words.needsTitle)
  await expect(board.time(board.words.starts)).toHaveAccessibleDescription(board.words.needsStart)
  await board.time(board.words.starts).fill('2020-01-01T10:00')
  await board.field(board.words.name).fill('Too late')
  await board.button(board.words.create).click()
  await expect(board.time(board.words.starts)).toHaveAccessibleDescription(board.words.past)
  await board.time(board.words.starts).fill('2030-01-08T10:00')
  await board.time(board.words.ends).fill('2030-01-08T09:00')
  await board.button(board.words.create).click()
  await expect(board.time(board.words.ends)).toHaveAccessibleDescription(board.words.endFirst)
})
