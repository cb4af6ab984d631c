/** How a person answers a poll: what the tests of the page say in the page's own language. */
import type { Locator, Page } from '@playwright/test'

import enLive from '../src/shared/i18n/en/live'
import enMyAnswer from '../src/shared/i18n/en/myAnswer'
import enPoll from '../src/shared/i18n/en/poll'
import enResults from '../src/shared/i18n/en/results'
import enTrouble from '../src/shared/i18n/en/trouble'
import ruLive from '../src/shared/i18n/ru/live'
import ruMyAnswer from '../src/shared/i18n/ru/myAnswer'
import ruPoll from '../src/shared/i18n/ru/poll'
import ruResults from '../src/shared/i18n/ru/results'
import ruTrouble from '../src/shared/i18n/ru/trouble'
import { expect, type Commontime, type Interval, type OpenedPoll } from './commontime'

const en = { ...enPoll, ...enMyAnswer, ...enTrouble }
const ru = { ...ruPoll, ...ruMyAnswer, ...ruTrouble }

type Words = { [K in keyof typeof en]: (typeof ru)[K] }

/** One person at one browser. */
export class Answering {
  readonly words: Words
  readonly live: Record<keyof typeof enLive, string>
  readonly groupTitle: string

  constructor(
    readonly page: Page,
    locale: string | undefined,
  ) {
    const isRussian = locale?.startsWith('ru') ?? false
    this.words = isRussian ? ru : (en as unknown as Words)
    this.live = isRussian ? ruLive : enLive
    this.groupTitle = (isRussian ? ruResults : enResults).groupTitle
  }

  /** Until there is a grid to mark times on. */
  async opens(link: string): Promise<void> {
    await this.page.goto(link)
    await expect(this.grid).toHaveAttribute('aria-multiselectable', 'true')
  }

  get grid(): Locator {
    return this.page.getByRole('grid', { name: this.words.mineTitle })
  }

  get panel(): Locator {
    return this.page.getByRole('region', { name: this.words.mineTitle })
  }

  get cells(): Locator {
    return this.grid.getByRole('gridcell', { disabled: false })
  }

  get marked(): Locator {
    return this.grid.getByRole('gridcell', { selected: true })
  }

  /** Mark a cell, by number in reading order. */
  async marks(cell: number): Promise<void> {
    await this.cells.nth(cell).click()
    await expect(this.cells.nth(cell)).toHaveAttribute('aria-selected', 'true')
  }

  async joinsAs(name: string): Promise<void> {
    await this.panel.getByRole('textbox', { name: this.words.yourName }).fill(name)
    await this.panel.getByRole('button', { name: this.words.join }).click()
    await this.isAnsweringAs(name)
  }

  /** And what they have answered is there to go on with. */
  async isAnsweringAs(name: string): Promise<void> {
    await expect(this.panel.getByText(this.words.answeringAs)).toBeVisible()
    await expect(this.panel.getByText(name, { exact: true })).toBeVisible()
    await expect(this.grid).toHaveAttribute('aria-multiselectable', 'true')
  }

  /** Press a button of the dialog about one's own answer, which then closes. */
  async manages(button: string): Promise<void> {
    await this.panel.getByRole('button', { name: this.words.manage }).click()
    const dialog = this.page.getByRole('dialog')
    await dialog.getByRole('button', { name: button, exact: true }).click()
    await expect(dialog).toBeHidden()
  }

  async privateLink(): Promise<string> {
    await this.panel.getByRole('button', { name: this.words.manage }).click()
    const dialog = this.page.getByRole('dialog')
    const link = await dialog.getByRole('textbox', { name: this.words.editLink }).inputValue()
    await this.page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    return link
  }

  /** The server tells by itself what changes. */
  async isLive(): Promise<void> {
    await expect(this.page.getByText(this.live.live, { exact: true })).toBeVisible()
  }

  /** The page asks again and again instead. */
  async isCountingDown(): Promise<void> {
    const [before = ''] = this.live.nextIn.split('{n}')
    await expect(this.page.getByText(before).filter({ visible: true })).toBeVisible()
  }

  /** When a cell of everybody's times, by number in reading order, first looks another way. */
  async seesChange(cell: number): Promise<number> {
    const grid = this.page.getByRole('grid', { name: this.groupTitle })
    return grid
      .getByRole('gridcell', { disabled: false })
      .nth(cell)
      .evaluate(
        (element) =>
          new Promise<number>((resolve) => {
            const seen = new MutationObserver(() => resolve(Date.now()))
            seen.observe(element, { attributes: true, attributeFilter: ['class'] })
          }),
      )
  }

  /** What is told of saving, as the whole of a message whatever its numbers. */
  says(message: string): Locator {
    const [before = '', after = ''] = message.split(/\{\w+\}/)
    return this.panel.getByText(new RegExp(`^.?${escaped(before)}.*${escaped(after)}$`)).first()
  }

  async isSaved(): Promise<void> {
    await expect(this.says(this.words.saved)).toBeVisible()
  }
}

/** In the order in which they joined, as the organiser sees them. */
export async function peopleOf(commontime: Commontime, poll: OpenedPoll) {
  const token = poll.capabilities.organiser
  const page = await commontime.call('GET', `/polls/${poll.id}/participants`, { token })
  return (page as { items: { id: string; name: string; answered: boolean }[] }).items
}

export async function timesOf(commontime: Commontime, poll: OpenedPoll, person: string) {
  const token = poll.capabilities.organiser
  const path = `/polls/${poll.id}/participants/${person}/schedule`
  return ((await commontime.call('GET', path, { token })) as { intervals: Interval[] }).intervals
}

/** The schedule that the server has of the only person of a poll who has this name. */
export async function storedTimes(commontime: Commontime, poll: OpenedPoll, name: string) {
  const [person, ...more] = (await peopleOf(commontime, poll)).filter((one) => one.name === name)
  if (!person || more.length) throw new Error(`not one person is called ${name}`)
  return timesOf(commontime, poll, person.id)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
