// Compresses what servers send, once and as far as it goes, instead of anew for every visitor.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const TEXT = /\.(js|css|svg|html|webmanifest)$/

/** Write a .gz and a .br beside every text in `folder` (a file URL) that has none yet. */
export async function precompress(folder) {
  const names = await readdir(folder)
  const bare = names.filter((name) => TEXT.test(name) && !names.includes(`${name}.br`))
  await Promise.all(
    bare.map(async (name) => {
      const bytes = await readFile(new URL(name, folder))
      await writeFile(new URL(`${name}.gz`, folder), gzipSync(bytes, { level: 9 }))
      await writeFile(new URL(`${name}.br`, folder), brotliCompressSync(bytes))
    }),
  )
}
