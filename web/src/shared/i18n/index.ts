/**
 * Words. A page's messages lie in `<locale>/<page>.ts` and come with the page, in the one language
 * that is shown; `common` and `time` come first. Keys are typed from the English ones:
 * `t('poll.title')`.
 */
import { readonly, ref, shallowRef } from 'vue'

import { remembered } from '../remembered'
import type en from './en'

/** A message that depends on a number: one form for each plural category of its language. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
export type Message = string | Plural
export type Catalogue = Record<string, Message>
/** The shape of a translation: the same keys, plurals where the English has plurals. */
export type Translated<C extends Catalogue> = {
  [K in keyof C]: C[K] extends string ? string : Plural
}

type Pages = typeof en
export type PageName = keyof Pages & string
export type Key = { [P in PageName]: `${P}.${keyof Pages[P] & string}` }[PageName]
export type Parameters = Record<string, string | number>

export const LOCALES = { en: 'English', ru: 'Русский' } as const
export type Locale = keyof typeof LOCALES

const KEY = 'commontime:locale'
const loaders = import.meta.glob<{ default: Catalogue }>(['./{en,ru}/*.ts', '!./*/index.ts'])

const locale = ref<Locale>(preferred())
/** By `<locale>/<page>`. */
const catalogues = shallowRef<Record<string, Catalogue>>({})
const wanted = new Set<PageName>(['common', 'time'])

/** The message `key` in the shown language; `{name}` is filled in, `n` chooses the plural form. */
export function t(key: Key, parameters: Parameters = {}): string {
  const dot = key.indexOf('.')
  const message = catalogues.value[`${locale.value}/${key.slice(0, dot)}`]?.[key.slice(dot + 1)]
  if (message === undefined) return key
  const text = typeof message === 'string' ? message : pluralOf(message, Number(parameters['n']))
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? value.toLocaleString(locale.value) : value
  })
}

function pluralOf(message: Plural, n: number): string {
  return message[new Intl.PluralRules(locale.value).select(n)] ?? message.other
}

/** Load the messages of a page, in the language that is shown now and whenever it changes. */
export async function needMessages(page: PageName): Promise<void> {
  wanted.add(page)
  await load(locale.value)
}

/** Loads something together with its words: neither is shown without the other. */
export function withWords<T>(part: () => Promise<T>, ...pages: PageName[]): () => Promise<T> {
  return async () => {
    const [loaded] = await Promise.all([part(), ...pages.map(needMessages)])
    return loaded
  }
}

/** The shown language, and how to change it. */
export function useLocale() {
  return { locale: readonly(locale), choose }
}

/** Load the first words: before them nothing can be shown. */
export async function firstWords(): Promise<void> {
  await show(locale.value)
}

async function choose(chosen: Locale): Promise<void> {
  await show(chosen)
  remembered.set(KEY, chosen)
}

async function show(chosen: Locale): Promise<void> {
  await load(chosen)
  locale.value = chosen
  document.documentElement.lang = chosen
}

async function load(of: Locale): Promise<void> {
  await Promise.all(
    [...wanted].map(async (page) => {
      const name = `${of}/${page}`
      const module = await loaders[`./${name}.ts`]?.()
      if (module) catalogues.value = { ...catalogues.value, [name]: module.default }
    }),
  )
}

function preferred(): Locale {
  const asked = [remembered.get(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return (asked.find((tag) => tag !== null && tag in LOCALES) as Locale | undefined) ?? 'en'
}
