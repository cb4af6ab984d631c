// @vitest-environment node
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import budgets from '../budgets.json'

let folder = ''
const published = (name: string) => join(folder, 'published', name)
const isThere = (name: string) => existsSync(published(name))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'commontime-publish-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What Vite would leave of one entry and one chunk for every page, in their `version`. */
function publish(version: string): void {
  const build = join(folder, 'build')
  rmSync(build, { recursive: true, force: true })
  for (const part of ['.vite', 'assets']) mkdirSync(join(build, part), { recursive: true })
  const entry = { file: `assets/index-${version}.js`, css: [`assets/index-${version}.css`] }
  const page = {
    file: `assets/page-${version}.js`,
    css: [`assets/page-${version}.css`],
    imports: ['index.html'],
  }
  const chunks = budgets.flatMap(({ entries }) => entries.filter((name) => name.endsWith('.vue')))
  const manifest = {
    'index.html': entry,
    ...Object.fromEntries(chunks.map((name) => [name, page])),
  }
  const files = [entry.file, page.file, ...entry.css, ...page.css, 'index.html']
  for (const file of files) writeFileSync(join(build, file), `${file} of ${version}`)
  writeFileSync(join(build, '.vite/manifest.json'), JSON.stringify(manifest))
  execFileSync('node', ['scripts/publish.mjs', build, join(folder, 'published')])
}

describe('laying a build out for servers', () => {
  test('every text lies there compressed as well', () => {
    publish('1')
    const text = 'assets/page-1.js of 1'
    expect(readFileSync(published('assets/page-1.js'), 'utf8')).toBe(text)
    expect(gunzipSync(readFileSync(published('assets/page-1.js.gz'))).toString()).toBe(text)
    expect(brotliDecompressSync(readFileSync(published('assets/page-1.js.br'))).toString()).toBe(
      text,
    )
    expect(isThere('index.html.br')).toBe(true)
  })

  test('a page that was open before finds its scripts for one more build', () => {
    publish('1')
    publish('2')
    expect(readFileSync(published('index.html'), 'utf8')).toBe('index.html of 2')
    expect(['1', '2'].map((one) => isThere(`assets/page-${one}.js`))).toEqual([true, true])
    expect(isThere('assets/page-1.css.br')).toBe(true)
    publish('3')
    expect(['1', '2', '3'].map((one) => isThere(`assets/page-${one}.js`))).toEqual([
      false,
      true,
      true,
    ])
  })

  test('the same build again takes nothing away', () => {
    publish('1')
    publish('2')
    publish('2')
    expect(isThere('assets/page-1.js')).toBe(true)
  })

  test('servers are told which files a page needs beside those its document names', () => {
    publish('1')
    const link =
      '</assets/page-1.js>; rel=modulepreload, ' +
      '</assets/page-1.css>; rel=preload; as=style; crossorigin'
    const links = JSON.parse(readFileSync(published('.vite/preload.json'), 'utf8'))
    expect(links['/p/:id']).toBe(link)
    expect(readFileSync(published('.vite/preload.conf'), 'utf8')).toContain(`?([?]|$)" "${link}";`)
  })
})
