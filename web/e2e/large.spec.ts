/** Polls of one person and of a thousand, names of every length and script. */
import type { Page } from '@playwright/test'

import { expect, test, type OpenedPoll } from './commontime'
import { free, Looking } from './results'

const AT_ONCE = 20
const SHOWN_WITHIN_MS = 3000
const NARROW = { width: 320, height: 640 }

/** So many answer: each is free for two of the hours from nine to four. */
async function manyAnswer(poll: OpenedPoll, people: number, origin: string) {
  const lanes = Array.from({ length: AT_ONCE }, (_, lane) => lane)
  await Promise.all(
    lanes.map(async (lane) => {
      for (let place = lane; place < people; place += AT_ONCE) await answers(poll, place, origin)
    }),
  )
}

/** Straight to the server: two thousand requests that need not be in the test's trace. */
async function send(method: string, url: string, token: string, data: unknown): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
  const response = await fetch(url, { method, headers, body: JSON.stringify(data) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`)
  return response.json()
}

async function answers(poll: OpenedPoll, place: number, origin: string): Promise<void> {
  const path = `${origin}/api/v1/polls/${poll.id}/participants`
  const name = `Guest ${place + 1}`
  const joined = await send('POST', path, poll.capabilities.answer, { name })
  const { id, capabilities } = joined as { id: string; capabilities: { edit: string } }
  const from = 9 + (place % 6)
  const intervals = free(`${String(from).padStart(2, '0')}:00`, `${from + 2}:00`)
  await send('PUT', `${path}/${id}/schedule`, capabilities.edit, { intervals })
}

async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
}

for (const people of [1, 200, 1000]) {
  test(`a poll of ${people} is shown at once and can be looked through`, async ({
    page,
    commontime,
    locale,
    baseURL,
  }) => {
    test.setTimeout(120_000)
    const poll = await commontime.opensPoll()
    const started = Date.now()
    await manyAnswer(poll, people, baseURL ?? '')
    const joinedMs = Date.now() - started
    const me = new Looking(page, locale)
    // The page itself, without the time that a development server takes to compile it.
    await me.opens(poll.links.answer, 'best')
    await expect(me.best.getByRole('heading', { level: 3 }).first()).toBeVisible()
    const reloaded = Date.now()
    await page.reload()
    await expect(me.seen.first()).toBeVisible()
    await expect(me.best.getByRole('heading', { level: 3 }).first()).toBeVisible()
    const shownMs = Date.now() - reloaded
    console.log(`${people} people: joined in ${joinedMs} ms, shown in ${shownMs} ms`)
    expect(shownMs).toBeLessThan(SHOWN_WITHIN_MS)

    await page.setViewportSize(NARROW)
    for (const view of ['mine', 'group', 'best'] as const) {
      await me.opens(poll.links.answer, view)
      if (view === 'group') await looksThrough(me, people)
      if (view === 'best') await looksAtBest(me, people)
      expect(await overflowOf(page), view).toBeLessThanOrEqual(0)
    }
  })
}

/** Names are folded away and found; a time says who can come, at first the first of them. */
async function looksThrough(me: Looking, people: number): Promise<void> {
  const { group } = me
  await expect(me.seen.first()).toBeVisible()
  await me.seen.first().click()
  if (people === 1) {
    await expect(group).toContainText('Guest 1')
    return
  }
  await expect(group.getByRole('button', { name: /^and \d+ more$/ }).first()).toBeVisible()
  await expect(me.button('Guest 77', group)).toBeHidden()
  await group.getByText(/people have answered/).click()
  await group.getByRole('searchbox').fill('guest 77')
  await me.button('Guest 77', group).click()
  await expect(me.cellsWith(1, 1)).toHaveCount(4)
}

async function looksAtBest(me: Looking, people: number): Promise<void> {
  const { best, words } = me
  await expect(best.getByRole('heading', { level: 3 }).first()).toBeVisible()
  await best
    .getByRole('button', { name: new RegExp(me.says(words.results.details)) })
    .first()
    .click()
  await expect(best.getByText(words.why.can, { exact: false }).first()).toBeVisible()
  await expect(best).toContainText(/Guest \d/)
  if (people > 1) await expect(best).not.toContainText(/(Guest \d+, ){20}/)
}

const NAMES = [
  'A'.repeat(100),
  'Maximiliane Wilhelmine Friederike von und zu Hohenlohe-Waldenburg-Schillingsfürst the younger',
  'محمد بن عبد الرحمن الأندلسي',
  'श्रीमती सरस्वती देवी विश्वनाथन',
  'คุณสมชายเจริญรุ่งเรืองกิจพัฒนาสุขสันต์',
  '👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍🚀',
  '欧阳慧珍・山田太郎',
]

test('names of a hundred characters and of every script fit on the narrowest screen', async ({
  page,
  commontime,
  locale,
}) => {
  const poll = await commontime.opensPoll()
  for (const name of NAMES) await commontime.hasFree(poll, name, free('10:00', '12:00'))
  await commontime.hasFree(poll, 'Ann', free('15:00', '17:00'))
  await page.setViewportSize(NARROW)
  const me = new Looking(page, locale)

  await me.opens(poll.links.answer, 'group')
  await me.cellsWith(7, 8).first().click()
  for (const name of NAMES) await expect(me.group).toContainText(name)
  for (const name of NAMES) {
    const chip = await me.button(name, me.group).boundingBox()
    expect(chip, name).not.toBeNull()
    expect((chip?.x ?? 0) + (chip?.width ?? 999), name).toBeLessThanOrEqual(NARROW.width)
  }
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)

  await me.opens(poll.links.organiser, 'best')
  await me.button(new RegExp(me.words.results.details), me.best).first().click()
  for (const name of NAMES) await expect(me.best).toContainText(name)
  await me.button(me.words.results.whatIf, me.best).click()
  for (const name of NAMES.slice(0, 2)) {
    await me.button(`without ${name}`, me.best).click()
    await expect(me.best.getByRole('status')).toContainText(name)
  }
  await me.button(new RegExp(me.words.results.organiserTools)).click()
  await expect(page.getByRole('heading', { name: me.words.organiser.people })).toBeVisible()
  await me.button(me.words.organiser.remove).first().click()
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
})
