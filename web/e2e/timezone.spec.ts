/** The same instants in every zone: what is shown changes with the zone, what is stored does not. */
import type { Page } from '@playwright/test'

import { cellMinutesOf, cellParameter, makeBoard } from '../src/shared/time/board'
import { expect, test, type Commontime, type OpenedPoll, type Person } from './commontime'

/** In the language of either project. */
const CHANGE_ZONE = /Change the time zone|Изменить часовой пояс/
const ZONE = /^(Time zone|Часовой пояс)$/
const MY_TIMES = /^(My times|Моё время)$/
const DOUBT = /Your browser says UTC|Браузер сообщает время UTC/

function cells(page: Page, name: RegExp | string) {
  return page.getByRole('grid', { name: MY_TIMES }).getByRole('gridcell', { name })
}

function column(page: Page, name: RegExp) {
  return page.getByRole('grid', { name: MY_TIMES }).getByRole('columnheader', { name })
}

function chosenCells(page: Page) {
  return page.getByRole('grid', { name: MY_TIMES }).getByRole('gridcell', { selected: true })
}

/** Until there is a grid to mark times on. */
async function opens(page: Page, path: string): Promise<void> {
  await page.goto(path)
  const grid = page.getByRole('grid', { name: MY_TIMES })
  await expect(grid).toHaveAttribute('aria-multiselectable', 'true')
}

async function choosesZone(page: Page, query: string, option: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: CHANGE_ZONE }).click()
  await page.getByRole('combobox', { name: ZONE }).fill(query)
  await page.getByRole('listbox').getByRole('option', { name: option }).click()
}

function linkOf(person: Person, zone?: string): string {
  const query = zone ? `?tz=${zone}` : ''
  return `/p/${person.pollId}${query}#${person.edit}&participant=${person.id}`
}

async function intervalsOf(commontime: Commontime, person: Person): Promise<unknown> {
  const path = `/polls/${person.pollId}/participants/${person.id}/schedule`
  return (await commontime.call('GET', path, { token: person.edit })) as unknown
}

async function heatmapOf(commontime: Commontime, poll: OpenedPoll, cell: string) {
  return (await commontime.call('GET', `/polls/${poll.id}/heatmap?cell=${cell}`, {
    token: poll.capabilities.answer,
  })) as { slots: { start: string; end: string; free: number[] }[] }
}

test('two people in different zones see the same instants', async ({
  page,
  browser,
  commontime,
}) => {
  const poll = await commontime.opensPoll()
  const anna = await commontime.hasFree(poll, 'Anna', [
    { start: '2030-01-07T13:00:00Z', end: '2030-01-07T14:00:00Z' },
  ])
  await opens(page, linkOf(anna, 'Europe/Berlin'))
  await expect(chosenCells(page)).toHaveCount(2)
  await expect(chosenCells(page).first()).toHaveAccessibleName(/14:00–14:30/)

  const far = await browser.newContext({ timezoneId: 'Asia/Kathmandu', locale: 'en-GB' })
  const there = await far.newPage()
  await opens(there, linkOf(anna))
  await expect(there.getByText('Times in Kathmandu (UTC+5:45)')).toBeVisible()
  await expect(chosenCells(there)).toHaveCount(2)
  await expect(chosenCells(there).first()).toHaveAccessibleName(/18:45–19:15/)

  await cells(there, /Mon, 7 January 2030, 19:45–20:15/).click()
  await expect
    .poll(() => intervalsOf(commontime, anna))
    .toMatchObject({
      intervals: [{ start: '2030-01-07T13:00:00Z', end: '2030-01-07T14:30:00Z' }],
    })
  await far.close()
})

test('another zone is kept in the address and changes no data', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll()
  const anna = await commontime.hasFree(poll, 'Anna', [
    { start: '2030-01-07T08:00:00Z', end: '2030-01-07T09:10:00Z' },
    { start: '2030-01-08T14:00:00Z', end: '2030-01-08T16:00:00Z', preference: 'if_needed' },
  ])
  const before = await intervalsOf(commontime, anna)
  await opens(page, linkOf(anna, 'Europe/Berlin'))
  await expect(chosenCells(page)).toHaveCount(6)

  await choosesZone(page, 'tokyo', /Tokyo|Токио/)
  await expect(page.getByText(/(Tokyo|Токио) \(UTC\+9\)/)).toBeVisible()
  await expect(page.getByRole('button', { name: CHANGE_ZONE })).toBeFocused()
  await expect(page).toHaveURL(/[?&]tz=Asia(\/|%2F)Tokyo/)
  await expect(chosenCells(page)).toHaveCount(6)
  await expect(cells(page, /17:00–17:30, (Free|Могу)/)).toBeAttached()

  await page.reload()
  await expect(cells(page, /17:00–17:30, (Free|Могу)/)).toBeAttached()
  await cells(page, /18:30–19:00/)
    .first()
    .click()
  await expect.poll(() => intervalsOf(commontime, anna)).not.toEqual(before)
  expect(await intervalsOf(commontime, anna)).toMatchObject({
    intervals: [
      { start: '2030-01-07T08:00:00Z', end: '2030-01-07T09:10:00Z' },
      { start: '2030-01-07T09:30:00Z', end: '2030-01-07T10:00:00Z' },
      { start: '2030-01-08T14:00:00Z', end: '2030-01-08T16:00:00Z', preference: 'if_needed' },
    ],
  })
})

test('a zone is found by its offset and chosen without a mouse', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll()
  await opens(page, `${poll.links.answer}`)
  await page.getByRole('button', { name: CHANGE_ZONE }).press('Enter')
  const field = page.getByRole('combobox', { name: ZONE })
  await expect(field).toBeFocused()
  await page.keyboard.type('+5:45')
  await expect(page.getByRole('listbox').getByRole('option')).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(page.getByText(/(Kathmandu|Катманду) \(UTC\+5:45\)/)).toBeVisible()

  await page.keyboard.press('Enter')
  await page.keyboard.type('olympus mons')
  await expect(page.getByText(/No time zone of that name|Такого часового пояса нет/)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText(/(Kathmandu|Катманду) \(UTC\+5:45\)/)).toBeVisible()
  await expect(page.getByRole('button', { name: CHANGE_ZONE })).toBeFocused()
})

test('an hour that the clocks skip does not exist, and columns tell their offsets', async ({
  page,
  commontime,
}) => {
  const poll = await commontime.opensPoll({
    window: { start: '2030-03-30T00:00:00+01:00', end: '2030-04-01T00:00:00+02:00' },
    daily_hours: { start: '01:00', end: '04:00' },
  })
  await opens(page, poll.links.answer.replace('#', '?tz=Europe/Berlin#'))
  const gone = cells(page, /02:(00|30): (does not exist|не существует|такого времени)/)
  await expect(gone).toHaveCount(2)
  for (const cell of await gone.all()) await expect(cell).toBeDisabled()
  await expect(column(page, /30.*UTC\+1$/)).toBeVisible()
  await expect(column(page, /31.*UTC\+1 → UTC\+2$/)).toBeVisible()
})

test('an hour that comes twice can be marked each time', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll({
    window: { start: '2030-10-27T00:00:00+02:00', end: '2030-10-29T00:00:00+01:00' },
    daily_hours: { start: '01:00', end: '04:00' },
    step: 'PT1H',
  })
  const anna = await commontime.joins(poll, 'Anna')
  await opens(page, linkOf(anna, 'Europe/Berlin'))
  await expect(page.getByRole('grid', { name: MY_TIMES }).getByRole('rowheader')).toHaveCount(4)
  await cells(page, /02:00 \(UTC\+1\)–03:00/).click()
  await expect
    .poll(() => intervalsOf(commontime, anna))
    .toMatchObject({
      intervals: [{ start: '2030-10-27T01:00:00Z', end: '2030-10-27T02:00:00Z' }],
    })
  await cells(page, /02:00 \(UTC\+2\)–03:00/).click()
  await expect
    .poll(() => intervalsOf(commontime, anna))
    .toMatchObject({
      intervals: [{ start: '2030-10-27T00:00:00Z', end: '2030-10-27T02:00:00Z' }],
    })
})

test('an evening lies on two days where it passes midnight', async ({ page, commontime }) => {
  const poll = await commontime.opensPoll({
    window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-08T00:00:00+01:00' },
    daily_hours: { start: '18:00', end: '22:00' },
    step: 'PT1H',
  })
  await opens(page, poll.links.answer.replace('#', '?tz=Asia/Kathmandu#'))
  await expect(column(page, /\b[78]\b/)).toHaveCount(2)
  await expect(cells(page, /22:45–23:45/)).toHaveCount(1)
  await expect(cells(page, /00:45–01:45/)).toHaveCount(1)
})

test('where the browser hides its zone, the page asks once', async ({ browser, commontime }) => {
  const poll = await commontime.opensPoll()
  const hidden = await browser.newContext({ timezoneId: 'UTC' })
  const page = await hidden.newPage()
  await opens(page, poll.links.answer)
  await expect(page.getByText(DOUBT)).toBeVisible()
  await page.getByRole('button', { name: /Choose my zone|Выбрать пояс/ }).click()
  await page.getByRole('combobox', { name: ZONE }).fill('+9')
  await page.getByRole('option', { name: /Tokyo|Токио/ }).click()
  await expect(page.getByText(DOUBT)).toBeHidden()
  await page.reload()
  await expect(page.getByText(/(Tokyo|Токио) \(UTC\+9\)/)).toBeVisible()
  await expect(page.getByText(DOUBT)).toBeHidden()
  await hidden.close()
})

test('who lives by UTC says so once', async ({ browser, commontime }) => {
  const poll = await commontime.opensPoll()
  const hidden = await browser.newContext({ timezoneId: 'UTC' })
  const page = await hidden.newPage()
  await opens(page, poll.links.answer)
  await page.getByRole('button', { name: /Yes, UTC|Да, UTC/ }).click()
  await expect(page.getByText(DOUBT)).toBeHidden()
  await page.reload()
  await expect(page.getByText(/(Times in|Время:) UTC/)).toBeVisible()
  await expect(page.getByText(DOUBT)).toBeHidden()
  await hidden.close()
})

test('the cells of the page are those that the heatmap counts', async ({ commontime }) => {
  for (const { step, daily_hours } of [
    { step: 'PT10M', daily_hours: { start: '09:10', end: '10:05' } },
    { step: 'PT1M', daily_hours: { start: '09:00', end: '09:50' } },
    { step: 'PT30M', daily_hours: null },
  ]) {
    const poll = await commontime.opensPoll({
      window: { start: '2030-03-30T07:20:00+01:00', end: '2030-04-02T11:00:00+02:00' },
      duration: 'PT20M',
      daily_hours,
      step,
    })
    const minutes = cellMinutesOf(step)
    const board = makeBoard(poll.slots, minutes, 'Asia/Kathmandu')
    const { slots } = await heatmapOf(commontime, poll, cellParameter(minutes))
    const starts = slots.flatMap(({ start, free }) =>
      free.map((_, cell) => Date.parse(start) + cell * minutes * 60_000),
    )
    expect([...board.starts]).toEqual(starts)
    const ends = slots.map(({ end }) => Date.parse(end))
    expect([...board.ends]).toEqual(expect.arrayContaining(ends))
  }
})
