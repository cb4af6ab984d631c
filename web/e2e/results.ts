/** What a group has answered, as somebody looks at it: in the page's own language. */
import type { Locator, Page } from '@playwright/test'

import enCommon from '../src/shared/i18n/en/common'
import enOrganiser from '../src/shared/i18n/en/organiser'
import enPoll from '../src/shared/i18n/en/poll'
import enResults from '../src/shared/i18n/en/results'
import enTrouble from '../src/shared/i18n/en/trouble'
import enWhy from '../src/shared/i18n/en/why'
import ruCommon from '../src/shared/i18n/ru/common'
import ruOrganiser from '../src/shared/i18n/ru/organiser'
import ruPoll from '../src/shared/i18n/ru/poll'
import ruResults from '../src/shared/i18n/ru/results'
import ruTrouble from '../src/shared/i18n/ru/trouble'
import ruWhy from '../src/shared/i18n/ru/why'
import type { Interval } from './commontime'

const RUSSIAN = {
  common: ruCommon,
  organiser: ruOrganiser,
  poll: ruPoll,
  results: ruResults,
  trouble: ruTrouble,
  why: ruWhy,
}
const ENGLISH = {
  common: enCommon,
  organiser: enOrganiser,
  poll: enPoll,
  results: enResults,
  trouble: enTrouble,
  why: enWhy,
}
type Catalogues = typeof RUSSIAN
type Values = Record<string, string | number>

/** One person who looks at the results. */
export class Looking {
  readonly words: Catalogues
  private readonly plurals: Intl.PluralRules

  constructor(
    readonly page: Page,
    locale: string | undefined,
  ) {
    const isRussian = locale?.startsWith('ru') ?? false
    this.words = isRussian ? RUSSIAN : (ENGLISH as unknown as Catalogues)
    this.plurals = new Intl.PluralRules(isRussian ? 'ru' : 'en')
  }

  /** The view that is asked for, its times as in Berlin. */
  async opens(link: string, view: 'mine' | 'group' | 'best'): Promise<void> {
    await this.page.goto(link.replace('#', `?view=${view}&tz=Europe%2FBerlin#`))
    await this.page.getByRole('heading', { level: 1 }).waitFor()
  }

  /** A message with its blanks filled in; `n` chooses among plural forms. */
  says(message: string | Partial<Record<string, string>>, values: Values = {}): string {
    const text =
      typeof message === 'string'
        ? message
        : (message[this.plurals.select(Number(values['n']))] ?? '')
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
  }

  get group(): Locator {
    return this.page.getByRole('region', { name: this.words.results.groupTitle, exact: true })
  }

  get best(): Locator {
    return this.page.getByRole('region', { name: this.words.results.bestTitle, exact: true })
  }

  get cells(): Locator {
    return this.group.getByRole('gridcell', { disabled: false })
  }

  /** Those times that so many of so many are free at. */
  cellsWith(n: number, total: number): Locator {
    const name = this.says(this.words.results.freeOf, { n, total })
    return this.group.getByRole('gridcell', { name })
  }

  /** Those times that stand out from the empty ones; only their colour tells. */
  get seen(): Locator {
    return this.group.locator('.tg-cell[class*="tg-h"]:not(.tg-h0)')
  }

  button(name: string | RegExp, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name })
  }
}

/** Hours of 7 January 2030, as clocks in Berlin show them. */
export function free(
  from: string,
  until: string,
  preference: NonNullable<Interval['preference']> = 'available',
): Interval[] {
  return [{ start: onThatDay(from), end: onThatDay(until), preference }]
}

const onThatDay = (time: string) => `2030-01-07T${time}:00+01:00`
