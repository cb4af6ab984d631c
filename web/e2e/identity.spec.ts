import { Answering, peopleOf, storedTimes, timesOf } from './answering'
import { expect, test } from './commontime'

test('the same name joins as another person, and overwrites nobody', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await commontime.hasFree(poll, 'Ann', [poll.slots[0] ?? { start: '', end: '' }])
  const other = new Answering(page, locale)
  await other.opens(poll.links.answer)

  const name = other.panel.getByRole('textbox', { name: other.words.yourName })
  await name.fill('ann')
  await expect(other.panel.getByText(other.words.nameTaken)).toBeVisible()
  await other.marks(0)
  await other.joinsAs('Ann')
  await other.isSaved()

  const people = await peopleOf(commontime, poll)
  expect(people.map((person) => person.name)).toEqual(['Ann', 'Ann'])
  const [first, second] = people.map((person) => timesOf(commontime, poll, person.id))
  expect(await first).toEqual([{ ...poll.slots[0], preference: 'available' }])
  expect(await second).not.toEqual(await first)
})

test('a double click, or an answer that gets lost, makes no second person', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  // The first request arrives, its answer does not.
  await page.route(
    '**/participants',
    async (route) => {
      await route.fetch()
      await route.abort()
    },
    { times: 1 },
  )

  await ann.panel.getByRole('textbox', { name: ann.words.yourName }).fill('Ann')
  const join = ann.panel.getByRole('button', { name: ann.words.join })
  await join.dblclick()
  await expect(ann.panel.getByRole('status')).not.toBeEmpty()
  await page.reload()
  await ann.joinsAs('Ann')

  expect(await peopleOf(commontime, poll)).toHaveLength(1)
})

test('names of every script and of a hundred characters are taken, longer ones are not', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  const name = ann.panel.getByRole('textbox', { name: ann.words.yourName })

  await name.fill('   ')
  await ann.panel.getByRole('button', { name: ann.words.join }).click()
  await expect(ann.panel.getByText(ann.words.nameMissing)).toBeVisible()
  await expect(name).toBeFocused()

  const fits = [...'👩‍🚀Ольга אסתר 王'.repeat(10)].slice(0, 100).join('')
  await name.fill(`${fits}x`)
  await ann.panel.getByRole('button', { name: ann.words.join }).click()
  await expect(name).toHaveAttribute('aria-invalid', 'true')

  await ann.joinsAs(fits)
  expect((await peopleOf(commontime, poll))[0]?.name).toBe(fits)
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(sideways).toBe(0)
})

test('the private link continues the answer on another device', async ({
  page,
  browser,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  await ann.marks(0)
  await ann.joinsAs('Ann')
  await ann.isSaved()
  const link = await ann.privateLink()

  const phone = new Answering(await (await browser.newContext()).newPage(), locale)
  await phone.opens(link)
  await phone.isAnsweringAs('Ann')
  await expect(phone.marked).toHaveCount(1)
  expect(phone.page.url()).not.toContain('ct_edt_')
  await phone.marks(1)
  await phone.isSaved()

  await expect(ann.marked).toHaveCount(2)
  expect(await peopleOf(commontime, poll)).toHaveLength(1)
})

test('a private link as the API gives it opens as its person, whoever else is in', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await commontime.joins(poll, 'Ben')
  const person = await commontime.joins(poll, 'Ann')
  await commontime.joins(poll, 'Cid')
  const ann = new Answering(page, locale)

  await ann.opens(person.link)

  await ann.isAnsweringAs('Ann')
  await ann.marks(0)
  await ann.isSaved()
  expect(await storedTimes(commontime, poll, 'Ann')).toHaveLength(1)
})

test('a private link that was replaced is told, and the new one brings back what was marked', async ({
  page,
  context,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  await ann.joinsAs('Ann')
  const [person] = await peopleOf(commontime, poll)
  await context.setOffline(true)
  await ann.marks(0)

  const rotated = (await commontime.call(
    'POST',
    `/polls/${poll.id}/participants/${person?.id}/links/rotate`,
    { token: poll.capabilities.organiser, data: {} },
  )) as { link: string }
  await context.setOffline(false)
  await expect(
    page.getByRole('alert').filter({ hasText: ann.words.lostEdit.split('{name}')[1] ?? '' }),
  ).toBeVisible()

  const { pathname, hash } = new URL(rotated.link)
  await ann.opens(`${pathname}${hash}`)
  await ann.isAnsweringAs('Ann')
  await expect(ann.marked).toHaveCount(1)
  await expect.poll(() => storedTimes(commontime, poll, 'Ann')).toHaveLength(1)
})

test('a private link that was cut short says so, and nothing is lost on its way', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const person = await commontime.joins(poll, 'Ann')
  await page.goto(`/p/${poll.id}#${person.edit}`)
  await expect(page.getByText(new Answering(page, locale).words.noLinkText)).toBeVisible()
})

test('who is not the one can answer as somebody else, and come back', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  await ann.marks(0)
  await ann.joinsAs('Ann')
  await ann.isSaved()

  await ann.manages(ann.words.answerAsNew)
  await expect(ann.marked).toHaveCount(0)
  await ann.joinsAs('Ben')
  await ann.marks(1)
  await ann.isSaved()
  expect(await storedTimes(commontime, poll, 'Ann')).toHaveLength(1)

  await ann.manages(ann.words.answerAs.replace('{name}', 'Ann'))
  await ann.isAnsweringAs('Ann')
  await expect(ann.marked).toHaveCount(1)
})

test('one renames oneself, takes the answer back, and goes', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  await ann.marks(0)
  await ann.joinsAs('Ann')
  await ann.isSaved()

  await ann.panel.getByRole('button', { name: ann.words.manage }).click()
  const dialog = page.getByRole('dialog', { name: 'Ann' })
  await dialog.getByRole('textbox', { name: ann.words.yourName }).fill('Anna')
  await dialog.getByRole('button', { name: ann.words.rename, exact: true }).click()
  await ann.isAnsweringAs('Anna')

  await ann.manages(ann.words.withdraw)
  await expect(ann.marked).toHaveCount(0)
  expect((await peopleOf(commontime, poll))[0]?.answered).toBe(false)

  await ann.panel.getByRole('button', { name: ann.words.manage }).click()
  const again = page.getByRole('dialog', { name: 'Anna' })
  await again.getByRole('button', { name: ann.words.erase }).click()
  await again.getByRole('button', { name: ann.words.eraseNow, exact: true }).click()
  await expect(again).toBeHidden()
  await expect(ann.panel.getByRole('textbox', { name: ann.words.yourName })).toBeVisible()
  expect(await peopleOf(commontime, poll)).toHaveLength(0)
})

test('a wrong link, and an erased poll, are told in words and not as a fault', async ({
  page,
  request,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const { words } = new Answering(page, locale)
  await page.goto(`${poll.links.answer}x`)
  await expect(page.getByRole('heading', { name: words.notFoundTitle })).toBeVisible()
  await expect(page.getByText(words.notFoundText)).toBeVisible()

  const ann = new Answering(page, locale)
  await ann.opens(poll.links.answer)
  const headers = { Authorization: `Bearer ${poll.capabilities.organiser}` }
  const path = `/api/v1/polls/${poll.id}`
  const etag = (await request.get(path, { headers })).headers()['etag'] ?? ''
  const erased = await request.delete(path, { headers: { ...headers, 'If-Match': etag } })
  expect(erased.ok()).toBe(true)
  await page.reload()
  await expect(page.getByRole('heading', { name: words.notFoundTitle })).toBeVisible()
})
