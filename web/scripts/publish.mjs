// Lays a finished build out for servers: `node scripts/publish.mjs <build> <folder>`.
//
// The folder gets what was built, compressed, and keeps the scripts and styles of the build
// that was there before: a page somebody has open still finds them. It changes at one moment.
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { allFiles, manifestOf } from './manifest.mjs'
import { precompress } from './precompress.mjs'
import { writePreloads } from './preload.mjs'

async function publish(build, target) {
  const [fresh, old] = [`${target}.new`, `${target}.old`]
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true })
  cpSync(build, fresh, { recursive: true })
  const folder = pathToFileURL(`${fresh}/`)
  keepFrom(target, folder)
  writePreloads(folder)
  await Promise.all([precompress(folder), precompress(new URL('assets/', folder))])
  if (existsSync(target)) renameSync(target, old)
  renameSync(fresh, target)
  rmSync(old, { recursive: true, force: true })
}

/** Copy what the build before this one made; a build of the same sources keeps what that one kept. */
function keepFrom(target, fresh) {
  if (!existsSync(`${target}/.vite/manifest.json`)) return
  const before = pathToFileURL(`${target}/`)
  const ours = allFiles(manifestOf(fresh))
  const theirs = allFiles(manifestOf(before))
  const unchanged = [...theirs].every((file) => ours.has(file))
  for (const name of readdirSync(new URL('assets/', before))) {
    const file = `assets/${name.replace(/\.(br|gz)$/, '')}`
    if (ours.has(file) || !(unchanged || theirs.has(file))) continue
    cpSync(new URL(`assets/${name}`, before), new URL(`assets/${name}`, fresh))
  }
}

const [build, target] = process.argv.slice(2)
if (!build || !target) throw new Error('Say from where and where to: publish.mjs <build> <folder>')
await publish(resolve(build), resolve(target))
