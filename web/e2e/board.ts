/** The page of events, as a person uses it: what its tests say in the page's own language. */
import type { Locator, Page } from '@playwright/test'

import enDetails from '../src/shared/i18n/en/eventDetails'
import en from '../src/shared/i18n/en/events'
import enLive from '../src/shared/i18n/en/live'
import ruDetails from '../src/shared/i18n/ru/eventDetails'
import ru from '../src/shared/i18n/ru/events'
import ruLive from '../src/shared/i18n/ru/live'
import { expect, type Commontime } from './commontime'

export interface StoredEvent {
  id: string
  title: string
  status: string
}

const STREAM = '**/api/v1/events/stream'
/** Reading the list, not writing to it. */
const LIST = /\/api\/v1\/events\?/

export class Board {
  readonly words: typeof ru & typeof ruDetails
  readonly live: typeof ruLive
  private reads = 0

  constructor(
    readonly page: Page,
    locale: string | undefined,
  ) {
    const isRussian = locale?.startsWith('ru')
    const words = isRussian ? { ...ru, ...ruDetails } : { ...en, ...enDetails }
    this.words = words as typeof this.words
    this.live = (isRussian ? ruLive : enLive) as typeof ruLive
    page.on('request', (request) => {
      if (LIST.test(request.url())) this.reads += 1
    })
  }

  async opens(): Promise<void> {
    await this.page.goto('/events')
    await expect(this.page.getByRole('heading', { level: 1, name: this.words.title })).toBeVisible()
    await expect(this.page.getByRole('status', { name: /…/ })).toBeHidden()
  }

  /** No stream from now on, for whoever opens the page. */
  async withoutStream(): Promise<void> {
    await this.page.route(STREAM, (route) => route.abort())
  }

  async withStream(): Promise<void> {
    await this.page.unroute(STREAM)
  }

  /** Nobody answers when asked for the list. */
  async withoutServer(): Promise<void> {
    await this.page.route(LIST, (route) => route.abort())
  }

  async withServer(): Promise<void> {
    await this.page.unroute(LIST)
  }

  get timesRead(): number {
    return this.reads
  }

  get timer(): Locator {
    return this.page.getByRole('timer')
  }

  async isLive(): Promise<void> {
    await expect(this.timer).toContainText(this.live.live)
  }

  /** As the countdown tells them. */
  async secondsLeft(): Promise<number> {
    return Number(/\d+(?=\s*[sс]\b|\s*[sс]$|\s*с)/u.exec(await this.timer.innerText())?.[0])
  }

  row(title: string): Locator {
    return this.page.getByRole('row').filter({ hasText: title })
  }

  async shows(title: string, status: 'pending' | 'completed' | 'cancelled'): Promise<void> {
    await expect(this.row(title)).toContainText(this.words[`is_${status}`])
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  completeButton(title: string): Locator {
    return this.button(this.words.completeThis.replace('{title}', title))
  }

  field(name: string): Locator {
    return this.page.getByRole('textbox', { name: new RegExp(`^${name}`) })
  }

  time(name: string): Locator {
    return this.page.getByLabel(new RegExp(`^${name}`))
  }

  /** On a phone the form waits behind a button. */
  async opensForm(): Promise<void> {
    const opener = this.page.getByRole('button', { name: this.words.add, expanded: false })
    if (await opener.isVisible()) await opener.click()
    await expect(this.field(this.words.name)).toBeVisible()
  }

  async adds(title: string, completion?: string): Promise<void> {
    await this.opensForm()
    await this.field(this.words.name).fill(title)
    if (completion) {
      await this.page.getByLabel(this.words.completion).selectOption({ label: completion })
    }
    await this.button(this.words.create).click()
    await expect(this.row(title)).toBeVisible()
  }

  async looksAt(title: string): Promise<Locator> {
    await this.button(this.words.details.replace('{title}', title)).click()
    return this.page.getByRole('dialog')
  }

  async seenAs(state: 'hidden' | 'visible'): Promise<void> {
    await this.page.evaluate((is) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => is })
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => is === 'hidden' })
      document.dispatchEvent(new Event('visibilitychange'))
    }, state)
  }
}

let made = 0

/** A title that no other test uses. */
export function someTitle(what = 'Event'): string {
  made += 1
  return `${what} ${process.pid}-${Date.now() % 1e6}-${made}`
}

/** Somebody else adds one, to be completed by hand unless told otherwise. */
export async function somebodyAdds(
  commontime: Commontime,
  title: string,
  details: Record<string, unknown> = {},
): Promise<StoredEvent> {
  const data = {
    title,
    starts_at: '2030-01-08T10:00',
    timezone: 'Europe/Berlin',
    completion: { mode: 'manual' },
    ...details,
  }
  return (await commontime.call('POST', '/events', { data })) as StoredEvent
}
