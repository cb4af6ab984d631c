/** Two builds of the page, and a way to put one in the place of the other under an open page. */
import { readFileSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Page } from '@playwright/test'

const published = fileURLToPath(
  new URL('../../deploy/standalone/src/standalone/built_page/', import.meta.url),
)
const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html' }

/** Texts by path. */
export type Build = Map<string, string>

/** The build that `make web` made. */
export function publishedBuild(): Build {
  const assets = readdirSync(`${published}assets`).filter((name) => /\.(js|css)$/.test(name))
  const files = ['index.html', ...assets.map((name) => `assets/${name}`)]
  return new Map(files.map((file) => [`/${file}`, readFileSync(published + file, 'utf8')]))
}

/** The same page under other names, as a change in every file would give it. */
export function nextBuild(build: Build): Build {
  const names = [...build.keys()].filter((path) => path !== '/index.html').map((p) => basename(p))
  const renamed = (text: string) =>
    names.reduce((sum, name) => sum.replaceAll(name, name.replace(/(?=\.\w+$)/, '2')), text)
  return new Map([...build].map(([path, text]) => [renamed(path), renamed(text)]))
}

/** Have `page` get documents and assets from the build that `current` gives at that moment. */
export async function serve(page: Page, current: () => Build): Promise<void> {
  await page.route('**/*', async (route) => {
    const request = route.request()
    const { pathname } = new URL(request.url())
    const isDocument = request.resourceType() === 'document'
    if (!isDocument && !pathname.startsWith('/assets/')) return route.fallback()
    const path = isDocument ? '/index.html' : pathname
    const text = current().get(path)
    if (text === undefined) return route.fulfill({ status: 404 })
    return route.fulfill({ body: text, contentType: TYPES[path.split('.').at(-1) ?? ''] ?? '' })
  })
}
