/**
 * One service after the other is away, of those that run apart from each other behind the gateway.
 * What it gives is said to be missing, the rest works, and it comes back by itself.
 */
import words from '../src/shared/i18n/en/results'
import { Answering, storedTimes } from './answering'
import { expect, test as base } from './commontime'
import { host, type Hosted } from './hosting'

const PATIENCE = { timeout: 40_000 }

const test = base.extend<
  { without: (service: string) => Promise<() => Promise<void>> },
  { deployment: Hosted }
>({
  deployment: [
    // oxlint-disable-next-line no-empty-pattern -- here Playwright reads what a fixture needs
    async ({}, use) => {
      const deployment = await host('separate')
      await use(deployment)
      await deployment.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ deployment }, use) => use(deployment.url),
  /** Stop a service; the function that is returned starts it again, else the end of the test does. */
  without: async ({ deployment }, use) => {
    const away = new Set<string>()
    const start = async (service: string) => {
      if (away.delete(service)) await deployment.tell(`start ${service}`)
    }
    await use(async (service) => {
      await deployment.tell(`stop ${service}`)
      away.add(service)
      return () => start(service)
    })
    for (const service of away) await start(service)
  },
})

// One deployment for all of them, which only one test at a time may take apart.
test.describe.configure({ mode: 'default', timeout: 120_000 })

test('without availability times wait here, and are saved once it is back', async ({
  page,
  commontime,
  without,
}) => {
  const poll = await commontime.opensPoll()
  const ann = new Answering(page, 'en')
  await ann.opens(poll.links.answer)
  await ann.marks(0)
  await ann.joinsAs('Ann')
  await ann.isSaved()
  const comesBack = await without('availability')
  await ann.marks(2)
  await expect(ann.says(ann.words.retrying)).toBeVisible(PATIENCE)
  await comesBack()
  await expect(ann.says(ann.words.saved)).toBeVisible(PATIENCE)
  expect(await storedTimes(commontime, poll, 'Ann')).toMatchObject([
    { start: '2030-01-07T08:00:00Z', end: '2030-01-07T09:00:00Z' },
  ])
})

test('without poll-api a poll cannot be opened, is told so, and then can', async ({
  page,
  commontime,
  without,
}) => {
  const poll = await commontime.opensPoll({ title: 'Wait for it' })
  const comesBack = await without('poll-api')
  await page.goto(poll.links.answer)
  const title = page.getByRole('heading', { level: 1 })
  await expect(title).toHaveText('The poll cannot be shown right now', PATIENCE)
  await comesBack()
  await expect(title).toHaveText('Wait for it', PATIENCE)
})

test('without recommender one still answers, and the best times come later', async ({
  page,
  commontime,
  without,
}) => {
  const poll = await commontime.opensPoll()
  const comesBack = await without('recommender')
  const ben = new Answering(page, 'en')
  await ben.opens(poll.links.answer)
  await ben.marks(0)
  await ben.marks(2)
  await ben.joinsAs('Ben')
  await ben.isSaved()
  const best = page.getByRole('region', { name: words.bestTitle })
  await expect(best.getByRole('alert')).toBeVisible(PATIENCE)
  await comesBack()
  await expect(best.getByRole('alert')).toBeHidden(PATIENCE)
  await expect(best.getByText(words.suitsOne)).toBeVisible(PATIENCE)
})

test('without event-lifecycle polls go on, and events say that they are not available', async ({
  page,
  commontime,
  without,
}) => {
  const poll = await commontime.opensPoll()
  const comesBack = await without('event-lifecycle')
  const cleo = new Answering(page, 'en')
  await cleo.opens(poll.links.answer)
  await cleo.marks(0)
  await cleo.joinsAs('Cleo')
  await cleo.isSaved()
  await page.goto('/events')
  const alert = page.locator('#content').getByRole('alert')
  await expect(alert).toBeVisible(PATIENCE)
  await comesBack()
  await expect(alert).toBeHidden(PATIENCE)
})
