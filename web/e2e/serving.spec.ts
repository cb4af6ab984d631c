/** How the server sends the page, and what happens to an open page when the server is updated. */
import type { APIResponse, Page } from '@playwright/test'

import enCommon from '../src/shared/i18n/en/common'
import enHome from '../src/shared/i18n/en/home'
import ruCommon from '../src/shared/i18n/ru/common'
import ruHome from '../src/shared/i18n/ru/home'
import { nextBuild, publishedBuild, serve } from './builds'
import { expect, test } from './commontime'

const BROWSING = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue"

const firstScript = async (document: APIResponse) =>
  /src="(\/assets\/[^"]+\.js)"/.exec(await document.text())?.[1] ?? ''

test('each path of the page is answered with its document and a strict policy', async ({
  request,
}) => {
  for (const path of ['/', '/new', '/p/0198c0de', '/events', '/reset-password']) {
    const answer = await request.get(path, { headers: BROWSING })
    expect(answer.status(), path).toBe(200)
    expect(answer.headers()).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    })
  }
})

test('scripts and styles are kept for ever, compressed, and asked for again in vain', async ({
  request,
}) => {
  const script = await firstScript(await request.get('/'))
  const answer = await request.get(script, { headers: { 'Accept-Encoding': 'gzip, br' } })
  expect(answer.headers()).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': expect.stringMatching(/^(br|gzip)$/),
    'content-type': expect.stringContaining('text/javascript'),
    vary: 'Accept-Encoding',
  })
  for (const path of [script, '/']) {
    const { etag = '' } = (await request.get(path)).headers()
    const again = await request.get(path, { headers: { 'If-None-Match': etag } })
    expect([again.status(), await again.text()]).toEqual([304, ''])
  }
})

test('what is not there is not there, and programs are told so in JSON', async ({ request }) => {
  for (const path of ['/assets/gone-1.js', '/api/nope', '/api/v1/nope', '/api/v2/polls']) {
    const answer = await request.get(path, { headers: BROWSING })
    expect([answer.status(), (await answer.json()).code], path).toEqual([404, 'not_found'])
    expect(answer.headers()['content-type']).toBe('application/problem+json')
    expect(answer.headers()['cache-control']).not.toContain('immutable')
  }
})

test('an address nobody knows is answered with words and a way home', async ({ page, baseURL }) => {
  const answer = await page.goto('/nowhere')
  expect(answer?.status()).toBe(404)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    new RegExp(`${enHome.notFoundTitle}|${ruHome.notFoundTitle}`),
  )
  const home = new RegExp(`^(${enCommon.toHome}|${ruCommon.toHome})$`)
  await page.getByRole('link', { name: home }).click()
  await expect(page).toHaveURL(`${baseURL}/`)
})

test('the description of the API still works beside the page', async ({ page }) => {
  const violations = await watchViolations(page)
  await page.goto('/docs')
  await expect(page.getByRole('heading', { name: /^Commontime/ })).toBeVisible()
  expect(await violations()).toEqual([])
})

test('a page announces the scripts it will need, and none is fetched twice', async ({
  page,
  commontime,
  request,
}) => {
  const poll = await commontime.opensPoll()
  for (const path of [`/p/${poll.id}`, '/events', '/new']) {
    const { link = '' } = (await request.get(path)).headers()
    const announced = [...link.matchAll(/<([^>]+)>; rel=(?:modulepreload|preload)/g)]
    expect(announced.length, path).toBeGreaterThan(0)
    for (const [, file = ''] of announced) expect((await request.get(file)).status()).toBe(200)
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    const fetched = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => new URL(name).pathname)
        .filter((name) => name.startsWith('/assets/')),
    )
    expect(fetched).toEqual([...new Set(fetched)])
    for (const [, file] of announced) expect(fetched).toContain(file)
  }
})

test('the policy is kept by every page, and nothing is said on the console', async ({
  page,
  commontime,
}) => {
  const said: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text())
  })
  page.on('pageerror', (error) => said.push(String(error)))
  const violations = await watchViolations(page)
  const poll = await commontime.opensPoll({ title: 'Seen by everyone' })
  for (const [name, day] of [
    ['Ann', 7],
    ['Ben', 8],
  ] as const) {
    const at = (hour: string) => `2030-01-0${day}T${hour}:00:00+01:00`
    await commontime.hasFree(poll, name, [{ start: at('09'), end: at('12') }])
  }
  const { answer, organiser } = poll.links
  for (const path of ['/', '/new', '/events']) {
    await page.goto(path)
    await expect(page.locator('#content').getByRole('heading').first()).toBeVisible()
    expect(await violations(), path).toEqual([])
  }
  for (const link of [answer, organiser]) {
    for (const view of ['mine', 'group', 'best']) {
      await page.goto(link.replace('#', `?view=${view}#`))
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Seen by everyone')
      expect(await violations(), view).toEqual([])
    }
  }
  expect(said).toEqual([])
  await expect(
    page.evaluate(() => {
      document.createElement('div').innerHTML = '<img src="x">'
    }),
  ).rejects.toThrow(/TrustedHTML/)
})

test.describe('when the server is updated under an open page', () => {
  test('the next page is loaded whole, from the new version', async ({ page, baseURL }) => {
    const before = publishedBuild()
    let current = before
    await serve(page, () => current)
    const loads = countLoads(page)
    await page.goto('/')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    current = nextBuild(before)
    await toEvents(page).click()
    await expect(page).toHaveURL(`${baseURL}/events`)
    await expect(page.locator('#content')).toBeVisible()
    expect(loads()).toBe(2)
  })

  test('a script that stays missing ends in words, not in a loop', async ({ page, baseURL }) => {
    let isThere = false
    await page.route('**/assets/EventsPage-*.js', (route) =>
      isThere ? route.continue() : route.fulfill({ status: 404 }),
    )
    const loads = countLoads(page)
    await page.goto('/')
    await toEvents(page).click()
    const again = page.getByRole('button', { name: /^(Load again|Загрузить снова)$/ })
    await expect(again).toBeVisible()
    await expect(page).toHaveURL(`${baseURL}/events`)
    expect(loads()).toBe(2)
    isThere = true
    await again.click()
    await expect(page.locator('#content')).toBeVisible()
  })

  test('without a network one stays on the page, and is told', async ({ page, context }) => {
    await page.goto('/')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await context.setOffline(true)
    await toEvents(page).click()
    await expect(
      page.getByText(new RegExp(`${enCommon.problemOffline}|${ruCommon.problemOffline}`)),
    ).toBeVisible()
    await context.setOffline(false)
    await toEvents(page).click()
    await expect(page.locator('#content')).toBeVisible()
  })
})

const toEvents = (page: Page) =>
  page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^(${enCommon.events}|${ruCommon.events})$`) })

/** Documents that the page has loaded since. */
function countLoads(page: Page): () => number {
  let count = 0
  page.on('request', (request) => {
    if (request.isNavigationRequest()) count += 1
  })
  return () => count
}

/** What the browser refused because of the policy, since the page was loaded. */
async function watchViolations(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen: string[] = []
    Object.assign(window, { seen })
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      seen.push(`${violatedDirective} ${blockedURI}`)
    })
  })
  return () => page.evaluate(() => (window as unknown as { seen: string[] }).seen)
}
