/** The best times: in the API's order, with names, reasons and suppositions. */
import { expect, test, type Commontime, type OpenedPoll } from './commontime'

const free = (from: string, until: string, preference: 'available' | 'if_needed' = 'available') => [
  { start: `2030-01-07T${from}:00Z`, end: `2030-01-07T${until}:00Z`, preference },
]

interface Answer {
  recommendations: { start: string; guaranteed: number }[]
}

/** Ann and Ben share an hour; Cem lacks half of it. */
async function threeAnswer(commontime: Commontime, poll: OpenedPoll) {
  const ann = await commontime.hasFree(poll, 'Ann', free('09:00', '12:00'))
  const ben = await commontime.hasFree(poll, 'Ben', free('10:00', '13:00'))
  const cem = await commontime.hasFree(poll, 'Cem', free('10:30', '11:15', 'if_needed'))
  return { ann, ben, cem }
}

test('the best times stand in the order of the API, with who is missing', async ({
  page,
  commontime,
}) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  await page.goto(`${poll.links.answer}`)
  const panel = page.getByRole('region', { name: 'Best times' })
  await expect(panel.getByText('No time suits all 3. Best: 2 of 3.')).toBeVisible()
  await expect(panel.getByText('2 of 3 · missing Cem').first()).toBeVisible()
  const answer = (await commontime.call('GET', `/polls/${poll.id}/recommendations`, {
    token: poll.capabilities.answer,
  })) as Answer
  const times = answer.recommendations.map(({ start }) =>
    new Date(start).toLocaleTimeString('en-GB', {
      timeZone: 'Europe/Berlin',
      hour: '2-digit',
      minute: '2-digit',
    }),
  )
  const shown = await panel.getByRole('heading', { level: 3 }).allInnerTexts()
  expect(shown.length).toBe(times.length)
  for (const [place, time] of times.entries()) expect(shown[place]).toContain(`, ${time}–`)
})

test('a time says what one change would help, as the API does', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  await page.goto(poll.links.answer)
  const panel = page.getByRole('region', { name: 'Best times' })
  await panel
    .getByRole('button', { name: /Who and why/ })
    .first()
    .click()
  await expect(panel.getByText('Cem (not free 11:00–11:30)')).toBeVisible()
  await expect(panel.getByText(/If it also suited Cem .+, all 3 could come/)).toBeVisible()
})

test('supposing somebody left out changes the answer, and nothing else', async ({
  page,
  commontime,
}) => {
  const poll = await commontime.opensPoll()
  await threeAnswer(commontime, poll)
  await page.goto(poll.links.answer)
  const panel = page.getByRole('region', { name: 'Best times' })
  await panel.getByRole('button', { name: 'What if…' }).click()
  const chip = panel.getByRole('button', { name: 'without Cem', exact: true })
  await chip.click()
  await expect(panel.getByText('A time suits everyone: 2 of 2.')).toBeVisible()
  await expect(chip).toBeFocused()
  await panel.getByRole('button', { name: 'Reset' }).click()
  await expect(panel.getByText('No time suits all 3. Best: 2 of 3.')).toBeVisible()
  const people = (await commontime.call('GET', `/polls/${poll.id}/participants`, {
    token: poll.capabilities.answer,
  })) as { items: unknown[] }
  expect(people.items).toHaveLength(3)
})

test('a poll that nobody has answered says so', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll()
  await page.goto(poll.links.answer)
  const group = page.getByRole('region', { name: 'Everybody’s times' })
  await expect(group.getByText('Nobody has answered yet. Share the link.')).toBeVisible()
})

test('results that are for the organiser alone are not shown to others', async ({
  page,
  commontime,
}) => {
  const poll = await commontime.opensPoll({ visibility: { results: 'organiser' } })
  await page.goto(poll.links.answer)
  await expect(page.getByText('Only the organiser sees who is free when.')).toHaveCount(2)
})
