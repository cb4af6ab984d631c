import { Answering, storedTimes } from './answering'
import { expect, test, type Commontime } from './commontime'

test.describe('what is marked', () => {
  test('is saved by itself, once a name is given', async ({ page, commontime, locale }) => {
    const poll = await commontime.opensPoll()
    const ann = new Answering(page, locale)
    await ann.opens(poll.links.answer)

    await ann.marks(0)
    await expect(ann.says(ann.words.addName)).toBeVisible()
    await ann.joinsAs('Ann')

    await ann.isSaved()
    expect(await storedTimes(commontime, poll, 'Ann')).toHaveLength(1)
  })

  test('is saved although the tab is closed at once', async ({ page, commontime, locale }) => {
    const poll = await commontime.opensPoll()
    const ann = new Answering(page, locale)
    await ann.opens(poll.links.answer)
    await ann.joinsAs('Ann')

    await ann.marks(1)
    await page.close({ runBeforeUnload: true })

    await expect.poll(() => storedTimes(commontime, poll, 'Ann')).toHaveLength(1)
  })

  test('before a name is given is still there when the page is opened again', async ({
    page,
    commontime,
    locale,
  }) => {
    const poll = await commontime.opensPoll()
    const ann = new Answering(page, locale)
    await ann.opens(poll.links.answer)
    await ann.marks(2)

    page.on('dialog', (dialog) => void dialog.accept())
    await page.reload()

    await expect(ann.marked).toHaveCount(1)
    await ann.joinsAs('Ann')
    await expect.poll(() => storedTimes(commontime, poll, 'Ann')).toHaveLength(1)
  })

  test('without a network is kept, and saved by itself when there is one again', async ({
    page,
    context,
    commontime,
    locale,
  }) => {
    const poll = await commontime.opensPoll()
    const ann = new Answering(page, locale)
    await ann.opens(poll.links.answer)
    await ann.joinsAs('Ann')

    await context.setOffline(true)
    await ann.marks(0)
    await ann.marks(3)
    await expect(ann.says(ann.words.retrying)).toBeVisible()
    await expect(ann.marked).toHaveCount(2)
    expect(await storedTimes(commontime, poll, 'Ann')).toHaveLength(0)

    await context.setOffline(false)
    await ann.isSaved()
    expect(await storedTimes(commontime, poll, 'Ann')).not.toHaveLength(0)
  })

  test('can be undone and redone, and the server follows', async ({ page, commontime, locale }) => {
    const poll = await commontime.opensPoll()
    const ann = new Answering(page, locale)
    await ann.opens(poll.links.answer)
    await ann.joinsAs('Ann')
    await ann.marks(0)
    await ann.isSaved()

    await page.keyboard.press('Control+z')
    await expect(ann.marked).toHaveCount(0)
    await expect.poll(() => storedTimes(commontime, poll, 'Ann')).toHaveLength(0)

    await page.keyboard.press('Control+Shift+z')
    await expect(ann.marked).toHaveCount(1)
    await expect.poll(() => storedTimes(commontime, poll, 'Ann')).toHaveLength(1)
  })
})

test.describe('when the same person saved elsewhere in the meantime', () => {
  test('one is asked, and can keep what is here', async ({ page, commontime, locale }) => {
    const ann = new Answering(page, locale)
    const { poll, start } = await marksWhileSavingElsewhere(ann, commontime)
    const dialog = page.getByRole('dialog', { name: ann.words.conflictTitle })
    await expect(dialog).toBeVisible()
    expect((await storedTimes(commontime, poll, 'Ann'))[0]?.start).toBe(start)

    await dialog.getByRole('button', { name: ann.words.keepMine }).click()

    await ann.isSaved()
    expect((await storedTimes(commontime, poll, 'Ann'))[0]?.start).not.toBe(start)
    await expect(ann.marked).toHaveCount(1)
  })

  test('one is asked, and can take what is newer', async ({ page, commontime, locale }) => {
    const ann = new Answering(page, locale)
    const { poll, start } = await marksWhileSavingElsewhere(ann, commontime)
    const dialog = page.getByRole('dialog', { name: ann.words.conflictTitle })

    await dialog.getByRole('button', { name: ann.words.takeTheirs }).click()

    await expect(ann.marked).toHaveCount(4)
    expect((await storedTimes(commontime, poll, 'Ann'))[0]?.start).toBe(start)
    await page.reload()
    await expect(ann.marked).toHaveCount(4)
  })

  test('one can decide later, and nothing is saved until then', async ({
    page,
    commontime,
    locale,
  }) => {
    const ann = new Answering(page, locale)
    const { poll, start } = await marksWhileSavingElsewhere(ann, commontime)
    const dialog = page.getByRole('dialog', { name: ann.words.conflictTitle })
    await expect(dialog).toBeVisible()

    await page.keyboard.press('Escape')
    await expect(ann.says(ann.words.conflictPill)).toBeVisible()
    await ann.marks(1)
    expect((await storedTimes(commontime, poll, 'Ann'))[0]?.start).toBe(start)

    await ann.panel.getByRole('button', { name: ann.words.decide }).click()
    await dialog.getByRole('button', { name: ann.words.keepMine }).click()
    await ann.isSaved()
    expect((await storedTimes(commontime, poll, 'Ann'))[0]?.start).not.toBe(start)
  })
})

/** Ann marks a cell without a network, while two hours from `start` are saved elsewhere. */
async function marksWhileSavingElsewhere(ann: Answering, commontime: Commontime) {
  const poll = await commontime.opensPoll()
  const person = await commontime.joins(poll, 'Ann')
  await ann.opens(person.link)
  await ann.isAnsweringAs('Ann')
  const context = ann.page.context()
  await context.setOffline(true)
  await ann.marks(0)
  await expect(ann.says(ann.words.retrying)).toBeVisible()
  const start = poll.slots[1]?.start ?? ''
  const end = new Date(Date.parse(start) + 2 * 60 * 60 * 1000).toISOString()
  await commontime.answers(person, [{ start, end }])
  await context.setOffline(false)
  return { poll, start }
}
