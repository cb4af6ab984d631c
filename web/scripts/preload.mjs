// Which files a server should announce with each page: those the page's own chunk needs beyond what
// index.html names itself. The browser then asks for them at once, not after the first script ran.
import { readFileSync, writeFileSync } from 'node:fs'

import { filesOf, manifestOf } from './manifest.mjs'

const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'))

/** Write .vite/preload.json (page → `Link`) and .vite/preload.conf (a `map` of nginx) in `folder`. */
export function writePreloads(folder) {
  const manifest = manifestOf(folder)
  const named = filesOf(manifest, 'index.html')
  const links = Object.fromEntries(
    budgets.map(({ page, entries }) => [page, linksOf(manifest, entries, named)]),
  )
  const lines = Object.entries(links).map(([page, link]) => `    "~${pattern(page)}" "${link}";\n`)
  writeFileSync(new URL('.vite/preload.json', folder), JSON.stringify(links))
  writeFileSync(
    new URL('.vite/preload.conf', folder),
    `map $request_uri $preload {\n${lines.join('')}}\n`,
  )
}

function linksOf(manifest, entries, named) {
  // Not the messages: in which language they are wanted, only the page's script knows.
  const chunks = entries.filter((entry) => entry.endsWith('.vue'))
  const files = chunks.reduce((sum, entry) => filesOf(manifest, entry, sum), new Set())
  return [...files]
    .filter((file) => !named.has(file))
    .map((file) =>
      file.endsWith('.css')
        ? `</${file}>; rel=preload; as=style; crossorigin`
        : `</${file}>; rel=modulepreload`,
    )
    .join(', ')
}

/** `/p/:id` as a regular expression for the path in a request's line. */
function pattern(page) {
  return `^${page.replace(/:\w+/g, '[^/?]+')}/?([?]|$)`
}
