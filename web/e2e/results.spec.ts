/** What the results answer when one asks them: who, what if, and why not. */
import { expect, test, type Commontime, type OpenedPoll } from './commontime'
import { free, Looking } from './results'

/** Ann and Ben share two hours, Cem is free in three quarters of one of them. */
async function threeAnswer(commontime: Commontime, poll: OpenedPoll) {
  return {
    ann: await commontime.hasFree(poll, 'Ann', free('10:00', '13:00')),
    ben: await commontime.hasFree(poll, 'Ben', free('11:00', '14:00')),
    cem: await commontime.hasFree(poll, 'Cem', free('11:30', '12:15')),
  }
}

test('only those whose names are pressed are counted, until everybody is again', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'group')
  await expect(me.cellsWith(3, 3)).toHaveCount(1)

  await me.button(/Ann/, me.group).click()
  await expect(me.button(/Ann/, me.group)).toHaveAttribute('aria-pressed', 'true')
  await expect(me.cellsWith(1, 1)).toHaveCount(6)
  await expect(me.seen).toHaveCount(6)
  await me.button(/Ben/, me.group).click()
  await expect(me.cellsWith(2, 2)).toHaveCount(4)
  await me.cellsWith(2, 2).first().click()
  await expect(me.group).toContainText(/Ann, Ben/)
  await expect(me.group.getByText(/Cem/).and(page.locator(':not(button *)'))).toHaveCount(0)

  await me.button(me.words.results.everybodyAgain, me.group).click()
  await expect(me.cellsWith(3, 3)).toHaveCount(1)
})

test('whose name one is at, their times alone stand out', async ({ page, commontime, locale }) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'group')
  await expect(me.seen).toHaveCount(8)
  await me.button('Cem', me.group).focus()
  await expect(me.seen).toHaveCount(1)
  await me.button('Ann', me.group).focus()
  await expect(me.seen).toHaveCount(6)
  await me.button('Ann', me.group).blur()
  await expect(me.seen).toHaveCount(8)
})

test('among many names one searches, and whom one counts stays in sight', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const names = Array.from({ length: 14 }, (_, place) => `Guest ${String.fromCharCode(65 + place)}`)
  await Promise.all(
    names.map((name, place) =>
      commontime.hasFree(poll, name, place ? free('10:00', '12:00') : free('11:00', '13:00')),
    ),
  )
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'group')
  await expect(me.cellsWith(14, 14)).toHaveCount(2)
  await expect(me.button('Guest A', me.group)).toBeHidden()
  await me.group.getByText(me.says(me.words.results.peopleMany, { n: 14 })).click()
  const search = me.group.getByRole('searchbox', { name: me.words.results.searchPeople })
  await search.fill('guest a')
  await me.button('Guest A', me.group).click()
  await search.fill('guest b')
  await expect(me.group.getByRole('button', { name: /Guest/ })).toHaveText([/Guest A/, /Guest B/])
  await expect(me.cellsWith(1, 1)).toHaveCount(4)
})

test('the legend leaves only times with as many people as one presses', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'group')
  const atLeast = me.says(me.words.results.legendAtLeast, { n: 2, total: 3 })
  const two = me.group.getByRole('button', { name: atLeast })
  await two.click()
  await expect(two).toHaveAttribute('aria-pressed', 'true')
  await expect(me.seen).toHaveCount(4)
  await me.button(me.says(me.words.results.legendEveryone, { n: 3 }), me.group).click()
  await expect(me.seen).toHaveCount(1)
  await me.button(me.says(me.words.results.legendEveryone, { n: 3 }), me.group).click()
  await expect(me.seen).toHaveCount(8)
})

test('with many people the colours tell the fullest times apart, or all counts', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  const until = ['11:00', '11:30', '12:00', '12:30', '13:00', '13:30', '14:00', '14:30', '15:00']
  await Promise.all(
    until.map((end, place) => commontime.hasFree(poll, `Guest ${place}`, free('10:30', end))),
  )
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'group')
  const scale = me.group.getByRole('group', { name: me.words.results.scale })
  const [all, best] = [me.words.results.scaleAll, me.words.results.scaleBest]
  await expect(scale.getByRole('radio', { name: best })).toBeChecked()
  const lightest = me.group.locator('.tg-cell.tg-h1')
  const few = await lightest.count()
  expect(few).toBeGreaterThan(1)
  await scale.getByText(all, { exact: true }).click()
  await expect(scale.getByRole('radio', { name: all })).toBeChecked()
  await expect(lightest).not.toHaveCount(few)
})

test('how it came about is told answer by answer, with names', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await commontime.hasFree(poll, 'Ann', free('10:00', '13:00'))
  await commontime.hasFree(poll, 'Ben', free('11:00', '14:00'))
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'best')
  await me.button(me.words.results.timeline, me.best).click()
  const moves = me.best
    .getByRole('list')
    .filter({ hasText: me.says(me.words.why.factSubmitted, { name: 'Ann' }) })
  await expect(moves.getByRole('listitem').first()).toContainText(me.words.why.factOpened)
  await expect(moves.getByRole('listitem').last()).toContainText(
    me.says(me.words.why.factSubmitted, { name: 'Ben' }),
  )
  await expect(moves.getByRole('listitem').last()).toContainText('11:00–12:00')
  await expect(moves.getByRole('listitem').first()).toContainText(me.words.why.nothingLeads)
})

test('where no time keeps the rules, what would help is said and can be tried', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll({ rules: { min_available: 3 } })
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'best')
  await expect(me.best).toContainText(me.words.results.emptyRules)
  const [before = '', after = ''] = me.words.why.wouldDo.split('{duration}')
  const shorter = me.best.getByRole('listitem').filter({ hasText: `${before}45` })
  await expect(shorter).toContainText(after)
  await expect(shorter).toContainText('11:30–12:15')
  await me.button(me.words.why.tryIt, shorter).click()
  await expect(me.best).toContainText(me.says(me.words.results.suitsAll, { n: 3 }))
  await me.button(me.words.why.reset, me.best).click()
  await expect(me.best).toContainText(me.words.results.emptyRules)
})

test('times that break a rule are shown when asked for, with the rule, and hidden again', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll({ rules: { min_available: 3 } })
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'best')
  const switched = me.button(me.words.results.showUnmet, me.best)
  await switched.click()
  const rules = me.words.results.ruleAvailable
  await expect(me.best.getByText(me.says(me.words.results.breaks, { rules })).first()).toBeVisible()
  await expect(switched).toHaveAttribute('aria-pressed', 'true')
  await switched.click()
  await expect(me.best.getByRole('heading', { level: 3 })).toHaveCount(0)
  await expect(me.best).toContainText(me.words.results.emptyRules)
})

test('supposing a shorter meeting finds a time for all, and going back undoes it', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'best')
  const asItIs = me.says(me.words.results.suitsNone, { n: 2, total: 3 })
  await expect(me.best).toContainText(asItIs)
  await me.button(me.words.results.whatIf, me.best).click()
  await me.button(/^45\D+$/, me.best).click()
  await expect(me.best.getByRole('status')).toContainText(me.words.why.bannerCalm)
  await expect(me.best).toContainText(me.says(me.words.results.suitsAll, { n: 3 }))
  await expect(me.best.getByRole('heading', { level: 3 }).first()).toContainText('11:30–12:15')
  await me.button(me.words.why.reset, me.best).click()
  await expect(me.best).toContainText(asItIs)
})

test('when plans change after the decision, a better time is told', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  await commontime.hasFree(poll, 'Ann', free('09:00', '13:00'))
  const ben = await commontime.hasFree(poll, 'Ben', free('09:00', '10:00'))
  await commontime.call('POST', `/polls/${poll.id}/finalise`, {
    token: poll.capabilities.organiser,
    data: { start: '2030-01-07T09:00:00+01:00' },
    headers: { 'Idempotency-Key': `decide-${poll.id}` },
  })
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'mine')
  const [decided = ''] = me.words.results.decided.split('{when}')
  const main = page.getByRole('main')
  await expect(main).toContainText(decided)
  const [better = ''] = me.says(me.words.results.regret, { n: 1 }).split('{when}')
  await expect(main).not.toContainText(better)
  await commontime.answers(ben, free('12:00', '13:00'))
  await expect(main).toContainText(new RegExp(`${better}.*12:00–13:00`))
})

test('who has a poll open that is erased is told so', async ({ page, commontime, locale }) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  const me = new Looking(page, locale)
  await me.opens(poll.links.answer, 'best')
  await expect(me.best.getByRole('heading', { level: 3 }).first()).toBeVisible()
  await commontime.call('DELETE', `/polls/${poll.id}`, {
    token: poll.capabilities.organiser,
    headers: { 'If-Match': '*' },
  })
  await expect(page.getByRole('alert').filter({ hasText: me.words.trouble.lostAll })).toBeVisible()
})
