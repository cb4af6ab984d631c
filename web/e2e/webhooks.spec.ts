/** Webhooks for the admin: a receiver that fails at first, its log, and Retry. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Locator, Page } from '@playwright/test'

import enCommon from '../src/shared/i18n/en/common'
import en from '../src/shared/i18n/en/webhooks'
import ruCommon from '../src/shared/i18n/ru/common'
import ru from '../src/shared/i18n/ru/webhooks'
import { Board, someTitle, somebodyAdds } from './board'
import { expect, test as base } from './commontime'

interface Receiver {
  url: string
  /** What is answered from now on. */
  status: number
  received: { id: string; body: string }[]
}

class Webhooks {
  constructor(
    readonly page: Page,
    readonly board: Board,
    readonly words: typeof ru,
    readonly token: string,
  ) {}

  async opens(): Promise<void> {
    await this.board.opens()
    await this.board.button(this.board.words.webhooksOpen).click()
    await this.enters(this.token)
    await expect(this.log).toBeVisible()
  }

  async enters(token: string): Promise<void> {
    await this.page.getByLabel(this.board.words.adminToken).fill(token)
    await this.board.button(this.board.words.adminUse).click()
  }

  get log(): Locator {
    return this.page.getByRole('region', { name: this.words.log })
  }

  endpoint(url: string): Locator {
    return this.page.getByRole('listitem').filter({ hasText: url })
  }

  /** Deliveries to one receiver. */
  deliveries(url: string): Locator {
    return this.log.getByRole('row').filter({ hasText: url })
  }

  /** Returns the secret, which is shown this once. */
  async adds(url: string, ...types: string[]): Promise<string> {
    await this.page.getByRole('button', { name: this.words.add }).click()
    await this.page.getByRole('textbox', { name: this.words.url }).fill(url)
    if (types.length) await this.page.getByText(this.words.someTypes).click()
    for (const type of types) await this.page.getByRole('checkbox', { name: type }).check()
    await this.page.getByRole('button', { name: this.words.add }).click()
    await expect(this.endpoint(url)).toBeVisible()
    const secret = await this.page.getByLabel(this.words.secret, { exact: true }).inputValue()
    await this.page.getByRole('button', { name: this.words.secretDone }).click()
    return secret
  }
}

// One after the other: an endpoint is told of what every test does.
base.describe.configure({ mode: 'default' })

const test = base.extend<{ receiver: Receiver; webhooks: Webhooks }>({
  // oxlint-disable-next-line no-empty-pattern -- here Playwright reads what a fixture needs
  receiver: async ({}, use) => {
    const receiver: Receiver = { url: '', status: 204, received: [] }
    const server = createServer(async (request, response) => {
      receiver.received.push({
        id: String(request.headers['webhook-id']),
        body: await textOf(request),
      })
      response.writeHead(receiver.status).end(receiver.status === 204 ? '' : 'not today')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    await use(receiver)
    server.close()
  },
  webhooks: async ({ page, locale, commontime, receiver }, use) => {
    const words = locale?.startsWith('ru') ? ru : (en as unknown as typeof ru)
    const token = process.env['COMMONTIME_ADMIN_TOKEN'] ?? ''
    await use(new Webhooks(page, new Board(page, locale), words, token))
    const endpoints = (await commontime.call('GET', '/webhooks/endpoints?limit=1000', {
      token,
    })) as { items: { id: string; url: string }[] }
    for (const { id } of endpoints.items.filter(({ url }) => url === receiver.url)) {
      const headers = { 'If-Match': '*' }
      await commontime.call('DELETE', `/webhooks/endpoints/${id}`, { token, headers })
    }
  },
})

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

test('what a receiver refused is in the log with its answer, and Retry delivers it', async ({
  webhooks,
  receiver,
  commontime,
}) => {
  const { words } = webhooks
  await webhooks.opens()
  const secret = await webhooks.adds(receiver.url, 'event.created')
  expect(secret).toMatch(/^whsec_/)
  receiver.status = 503
  const title = someTitle()
  await somebodyAdds(commontime, title)
  const delivery = webhooks.deliveries(receiver.url)
  await expect(delivery).toContainText(words.is_pending)
  await expect(delivery).toContainText('503')
  receiver.status = 204
  await delivery.getByRole('button', { name: words.retry }).click()
  await expect(delivery).toContainText(words.is_delivered)
  expect(receiver.received.at(-1)?.body).toContain(title)
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)

  await delivery.getByRole('button').click()
  const dialog = webhooks.page.getByRole('dialog')
  const attempts = dialog.getByRole('listitem')
  await expect(attempts.first()).toContainText('503')
  await expect(attempts.first()).toContainText('not today')
  await expect(attempts.last()).toContainText(words.accepted)
  await expect(dialog).toContainText(title)
})

test('a test message arrives, and a disabled endpoint hears nothing until what it missed is sent', async ({
  webhooks,
  receiver,
  commontime,
}) => {
  const { words } = webhooks
  await webhooks.opens()
  await webhooks.adds(receiver.url, 'event.created')
  const endpoint = webhooks.endpoint(receiver.url)
  await endpoint.getByRole('button', { name: words.test }).click()
  await expect(webhooks.deliveries(receiver.url)).toContainText(words.is_delivered)
  expect(receiver.received).toHaveLength(1)

  await endpoint.getByRole('button', { name: words.disable }).click()
  await expect(endpoint).toContainText(words.disabledByHand)
  const title = someTitle()
  await somebodyAdds(commontime, title)
  const missed = webhooks.deliveries(receiver.url).filter({ hasText: 'event.created' })
  await expect(missed).toContainText(words.is_dead)
  await webhooks.log.getByLabel(words.state).selectOption('delivered')
  await expect(missed).toBeHidden()
  await webhooks.log.getByLabel(words.state).selectOption('dead')
  await expect(missed).toBeVisible()
  await webhooks.log.getByLabel(words.state).selectOption('')

  await endpoint.getByRole('button', { name: words.enable }).click()
  await endpoint.getByRole('button', { name: words.recover }).click()
  const dialog = webhooks.page.getByRole('dialog')
  await dialog.getByRole('button', { name: words.recover }).click()
  await expect(missed).toContainText(words.is_delivered)
  expect(receiver.received.at(-1)?.body).toContain(title)
})

test('a new secret is shown once, and a deleted endpoint is gone', async ({
  webhooks,
  receiver,
}) => {
  const { words, page } = webhooks
  await webhooks.opens()
  const first = await webhooks.adds(receiver.url)
  const endpoint = webhooks.endpoint(receiver.url)
  await endpoint.getByRole('button', { name: words.rotate }).click()
  await page.getByRole('dialog').getByRole('button', { name: words.rotateYes }).click()
  const shown = page.getByLabel(words.secret, { exact: true })
  await expect(shown).toHaveValue(/^whsec_/)
  await expect(shown).not.toHaveValue(first)
  await page.reload()
  await expect(shown).toBeHidden()

  await webhooks.board.button(webhooks.board.words.webhooksOpen).click()
  await endpoint.getByRole('button', { name: words.delete }).click()
  await page.getByRole('dialog').getByRole('button', { name: words.deleteYes }).click()
  await expect(endpoint).toBeHidden()
})

test('a wrong token opens nothing, and the right one is nowhere but in this tab', async ({
  webhooks,
  receiver,
}) => {
  const { board, page } = webhooks
  await board.opens()
  await board.button(board.words.webhooksOpen).click()
  await webhooks.enters('not the token')
  await expect(page.getByRole('alert').filter({ hasText: board.words.adminWrong })).toBeVisible()
  await webhooks.enters(webhooks.token)
  await expect(webhooks.log).toBeVisible()
  expect(page.url()).not.toContain(webhooks.token)
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(webhooks.token)
  await board.button(board.words.adminForget).click()
  await expect(webhooks.log).toBeHidden()
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(webhooks.token)
  expect(receiver.received).toHaveLength(0)
})

test('a server that is away says nothing about the token', async ({ webhooks, locale }) => {
  const { board, page } = webhooks
  await board.opens()
  await board.button(board.words.webhooksOpen).click()
  await page.route('**/api/v1/webhooks/endpoints?*', (route) => route.abort())
  await webhooks.enters(webhooks.token)
  const words = locale?.startsWith('ru') ? ruCommon : enCommon
  const said = page.getByRole('alert').filter({ hasText: words.problemUnreachable })
  await expect(said).toBeVisible()
  await page.unroute('**/api/v1/webhooks/endpoints?*')
  await webhooks.enters(webhooks.token)
  await expect(webhooks.log).toBeVisible()
})

test('an address that is none is refused in words', async ({ webhooks }) => {
  const { words, page } = webhooks
  await webhooks.opens()
  await page.getByRole('button', { name: words.add }).click()
  const url = page.getByRole('textbox', { name: words.url })
  await url.fill('example.com/hook')
  await page.getByRole('button', { name: words.add }).click()
  await expect(url).toBeFocused()
  await expect(url).toHaveAccessibleDescription(new RegExp(words.needsUrl))
})

test('the event of a poll leads to its poll, which alone moves or cancels it', async ({
  webhooks,
  commontime,
}) => {
  const { board, page } = webhooks
  const title = someTitle('Poll')
  const poll = await commontime.opensPoll({ title })
  await commontime.call('POST', `/polls/${poll.id}/finalise`, {
    token: poll.capabilities.organiser,
    data: { start: '2030-01-07T09:00:00Z' },
  })
  await board.opens()
  await expect(board.row(title)).toBeHidden()
  await board.button(board.words.webhooksOpen).click()
  await webhooks.enters(webhooks.token)
  await expect(board.row(title).getByRole('link', { name: board.words.fromPoll })).toHaveAttribute(
    'href',
    `/p/${poll.id}`,
  )
  const dialog = await board.looksAt(title)
  await expect(dialog).toContainText(board.words.ofPoll)
  await expect(dialog.getByRole('button', { name: board.words.cancelEvent })).toBeHidden()
  await dialog.getByRole('button', { name: board.words.edit }).click()
  await dialog.getByRole('textbox', { name: board.words.name }).fill(`${title}, changed`)
  await dialog.getByRole('button', { name: board.words.save, exact: true }).click()
  await expect(dialog.getByRole('heading', { name: `${title}, changed` })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(board.row(`${title}, changed`)).toBeVisible()
})
