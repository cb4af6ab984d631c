// Holds what a page loads against budgets.json: for each entry the script and style bytes, gzipped,
// of the entry itself and of all it imports statically, with the messages of one language.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'))

function gather(name, files) {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`${name} is not in the manifest`)
  if (files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const style of chunk.css ?? []) files.add(style)
  for (const imported of chunk.imports ?? []) gather(imported, files)
  return files
}

const size = (files, ending) =>
  [...files]
    .filter((file) => file.endsWith(ending))
    .reduce(
      (sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length,
      0,
    )

let failed = false
for (const { page, entries, js, css } of budgets) {
  const files = entries.reduce((sum, entry) => gather(entry, sum), new Set())
  const found = { js: size(files, '.js') / 1000, css: size(files, '.css') / 1000 }
  const tooMuch = found.js > js || found.css > css
  failed ||= tooMuch
  console.log(
    `${tooMuch ? '✗' : '✓'} ${page.padEnd(10)} JS ${found.js.toFixed(1)} of ${js} kB   CSS ${found.css.toFixed(1)} of ${css} kB`,
  )
}
process.exit(failed ? 1 : 0)
