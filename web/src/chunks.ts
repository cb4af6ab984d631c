/**
 * Scripts that do not come. A page that was open while the server was updated may ask for one that
 * is there no more; the network may be away; and a browser does not try a failed script again
 * before the page is loaded anew.
 */
import { problemWithoutAnswer } from './api/problems'
import { t, useLocale } from './shared/i18n'
import { toast } from './shared/toasts'

// Without the catalogue: it may be what did not come.
const WORDS = {
  en: {
    title: 'The page did not load',
    text: 'A part of it could not be fetched. Your answers are safe.',
    again: 'Load again',
  },
  ru: {
    title: 'Страница не загрузилась',
    text: 'Не удалось получить её часть. Ваши ответы в сохранности.',
    again: 'Загрузить снова',
  },
}

let pagesLoading = 0

/** Load a page's scripts: what then fails is told by who went there. */
export async function loadingPage<T>(load: () => Promise<T>): Promise<T> {
  pagesLoading += 1
  try {
    return await load()
  } finally {
    pagesLoading -= 1
  }
}

/** Go to a page whose scripts do not come: loaded whole, it comes in the server's present version. */
export async function goOnWithoutPage(href: string): Promise<void> {
  if (await serverAnswers()) location.assign(href)
  // If the server is away, better stay here.
  else toast(problemWithoutAnswer().words(), 'bad')
}

/** Say where a part within a page does not come. */
export function noticeMissingParts(): void {
  window.addEventListener('vite:preloadError', () => {
    if (pagesLoading === 0) toast(t('common.partMissing'), 'bad')
  })
}

/** In place of the page, whose first scripts are missing: never a reload by itself, and so no loop. */
export function sayThatItDidNotStart(): void {
  const locale = useLocale().locale.value
  const words = WORDS[locale]
  const again = elementOf('button', words.again)
  again.className = 'primary'
  again.addEventListener('click', () => location.reload())
  const row = elementOf('p', '')
  row.append(again)
  document.documentElement.lang = locale
  const main = document.querySelector('main')
  if (main) main.className = 'page narrow stack'
  main?.replaceChildren(elementOf('h1', words.title), elementOf('p', words.text), row)
}

function elementOf<K extends keyof HTMLElementTagNameMap>(tag: K, text: string) {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}

async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).ok
  } catch {
    return false
  }
}
