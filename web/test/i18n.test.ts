import { describe, expect, it } from 'vitest'

import type { Catalogue, Message } from '@/shared/i18n'

const modules = import.meta.glob<{ default: Catalogue }>('../src/shared/i18n/{en,ru}/*.ts', {
  eager: true,
})
const FORMS = { en: ['one', 'other'], ru: ['few', 'many', 'one', 'other'] } as const
type Tag = keyof typeof FORMS

function catalogue(tag: Tag, page: string): Catalogue {
  return modules[`../src/shared/i18n/${tag}/${page}.ts`]?.default ?? {}
}

const pages = (tag: Tag) =>
  Object.keys(modules)
    .filter((path) => path.includes(`/${tag}/`) && !path.endsWith('/index.ts'))
    .map((path) => path.split('/').at(-1)?.replace('.ts', '') ?? '')
    .toSorted()

const textsOf = (message: Message) =>
  typeof message === 'string' ? [message] : Object.values(message)
const placeholdersOf = (text: string) =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted()

/** Every placeholder of any form: a form like "one" may do without its number. */
const allPlaceholders = (message: Message) =>
  [...new Set(textsOf(message).flatMap(placeholdersOf))].toSorted()

it('has the same pages in both languages', () => {
  expect(pages('ru')).toEqual(pages('en'))
  expect(pages('en')).toContain('common')
})

describe.each(pages('en'))('the words of "%s"', (page) => {
  const [en, ru] = [catalogue('en', page), catalogue('ru', page)]

  it('are all translated, and nothing else is', () => {
    expect(Object.keys(ru).toSorted()).toEqual(Object.keys(en).toSorted())
  })

  it.each(Object.keys(en))('%s fills in the same in both languages', (key) => {
    expect(allPlaceholders(ru[key] ?? '')).toEqual(allPlaceholders(en[key] ?? ''))
  })

  it.each(Object.keys(FORMS) as Tag[])('have every plural form in %s', (tag) => {
    const plurals = Object.entries(catalogue(tag, page)).filter(
      ([, message]) => typeof message !== 'string',
    )
    for (const [key, message] of plurals) {
      expect([key, Object.keys(message).toSorted()]).toEqual([key, FORMS[tag]])
    }
  })

  it.each(Object.keys(FORMS) as Tag[])('are never empty in %s', (tag) => {
    for (const [key, message] of Object.entries(catalogue(tag, page))) {
      for (const text of textsOf(message)) expect(`${key}: ${text.trim()}`).not.toBe(`${key}: `)
    }
  })
})
