// Writes a .gz and a .br beside every script, style and picture of dist/assets, for servers that
// send what lies there instead of compressing anew.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const assets = new URL('../dist/assets/', import.meta.url)

for (const name of await readdir(assets)) {
  if (!/\.(js|css|svg)$/.test(name)) continue
  const bytes = await readFile(new URL(name, assets))
  await writeFile(new URL(`${name}.gz`, assets), gzipSync(bytes, { level: 9 }))
  await writeFile(new URL(`${name}.br`, assets), brotliCompressSync(bytes))
}
