/** Both languages on every page: whole, in their own forms, and on the narrowest screens. */
import type { Page } from '@playwright/test'

import { expect, test, type OpenedPoll } from './commontime'

const KEYS =
  /\b(common|poll|myAnswer|grid|results|home|create|events|time|live|organiser|webhooks|finalize)\.[a-z]\w+/
const PAGES = ['/', '/new', '/events', '/reset-password#x', '/nothing/here'] as const
const VIEWS = ['mine', 'group', 'best'] as const
const LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'

async function choosesLanguage(page: Page, tag: 'en' | 'ru') {
  await page.evaluate((chosen) => localStorage.setItem('commontime:locale', chosen), tag)
}

const view = (poll: OpenedPoll, name: string) => poll.links.organiser.replace('#', `?view=${name}#`)

async function isWhole(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('.skeleton')).toHaveCount(0)
  const texts = await page.evaluate(() =>
    [
      document.body.innerText,
      ...[...document.querySelectorAll('[aria-label], [placeholder], [title]')].map((element) =>
        ['aria-label', 'placeholder', 'title'].map((name) => element.getAttribute(name)).join(' '),
      ),
    ].join('\n'),
  )
  expect(KEYS.exec(texts)?.[0]).toBeUndefined()
  expect(/\{\w+\}/.exec(texts)?.[0]).toBeUndefined()
}

for (const tag of ['en', 'ru'] as const) {
  test(`in ${tag} no page shows a key instead of words, or is wider than 320 pixels`, async ({
    page,
    commontime,
  }) => {
    const poll = await commontime.opensPoll({ title: LONG })
    await commontime.hasFree(poll, `${LONG} ${LONG}`.slice(0, 100), [
      { start: '2030-01-07T09:00:00+01:00', end: '2030-01-07T12:00:00+01:00' },
    ])
    await page.setViewportSize({ width: 320, height: 640 })
    await page.goto('/')
    await choosesLanguage(page, tag)
    for (const path of [...PAGES, ...VIEWS.map((name) => view(poll, name)), '/']) {
      await page.goto('about:blank')
      await page.goto(path)
      await isWhole(page)
      await expect(page.locator('html')).toHaveAttribute('lang', tag)
      const width = await page.evaluate(() => document.scrollingElement?.scrollWidth)
      expect(`${path}: ${width}`).toBe(`${path}: 320`)
    }
  })
}

test('the language is that of the browser until another one is chosen, at once', async ({
  page,
  locale,
  isMobile,
}) => {
  const [own, other] = locale?.startsWith('ru')
    ? (['Найти время', 'Find a time'] as const)
    : (['Find a time', 'Найти время'] as const)
  await page.goto('/new')
  const heading = page.getByRole('heading', { level: 1 })
  await expect(heading).toHaveText(own)
  const tag = own === 'Find a time' ? 'ru' : 'en'
  if (isMobile) await page.getByRole('button', { name: /Language|Язык/ }).click()
  await page.getByRole('combobox', { name: /Language|Язык/ }).selectOption(tag)
  await expect(heading).toHaveText(other)
  await expect(page.locator('html')).toHaveAttribute('lang', tag)
  await expect(page).toHaveTitle(`${other} · Commontime`)
  await page.reload()
  await expect(heading).toHaveText(other)
})

test('what is being filled in survives another language', async ({ page, isMobile }) => {
  await page.goto('/new')
  const title = page.getByRole('textbox').first()
  await title.fill('Kept')
  if (isMobile) await page.getByRole('button', { name: /Language|Язык/ }).click()
  const language = page.getByRole('combobox', { name: /Language|Язык/ })
  await language.selectOption((await language.inputValue()) === 'ru' ? 'en' : 'ru')
  await expect(title).toHaveValue('Kept')
})

const DAYS = [
  { days: 1, words: '1 день' },
  { days: 2, words: '2 дня' },
  { days: 5, words: '5 дней' },
  { days: 21, words: '21 день' },
]
for (const { days, words } of DAYS) {
  test(`in Russian a poll has ${words}`, async ({ page }) => {
    await page.goto('/')
    await choosesLanguage(page, 'ru')
    await page.evaluate((n) => {
      const last = new Date(Date.UTC(2030, 0, 6 + n)).toISOString().slice(0, 10)
      sessionStorage.setItem('commontime:draft', JSON.stringify({ first: '2030-01-07', last }))
    }, days)
    await page.goto('/new')
    await expect(page.getByText(new RegExp(`: ${words},`))).toBeVisible()
  })
}
