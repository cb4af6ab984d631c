// Holds what a page loads against budgets.json: for each page the script and style bytes, gzipped,
// of its entries and of all they import statically, with the messages of one language.
//   node scripts/check-budget.mjs [folder of the build]
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

import { filesOf, manifestOf } from './manifest.mjs'

const folder = process.argv[2]
const dist = folder ? pathToFileURL(`${folder}/`) : new URL('../dist/', import.meta.url)
const manifest = manifestOf(dist)
const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'))

const size = (files, ending) =>
  [...files]
    .filter((file) => file.endsWith(ending))
    .reduce(
      (sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length,
      0,
    )

let failed = false
for (const { page, entries, js, css } of budgets) {
  const files = entries.reduce((sum, entry) => filesOf(manifest, entry, sum), new Set())
  const found = { js: size(files, '.js') / 1000, css: size(files, '.css') / 1000 }
  const tooMuch = found.js > js || found.css > css
  failed ||= tooMuch
  console.log(
    `${tooMuch ? '✗' : '✓'} ${page.padEnd(10)} JS ${found.js.toFixed(1)} of ${js} kB   CSS ${found.css.toFixed(1)} of ${css} kB`,
  )
}
process.exit(failed ? 1 : 0)
