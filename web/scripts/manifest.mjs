// What Vite's manifest says of a build: which files a page needs.
import { readFileSync } from 'node:fs'

/** The manifest of the build in `folder` (a file URL that ends with a slash). */
export function manifestOf(folder) {
  return JSON.parse(readFileSync(new URL('.vite/manifest.json', folder), 'utf8'))
}

/** The files of an entry and of all it imports statically, styles included. */
export function filesOf(manifest, name, files = new Set()) {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`${name} is not in the manifest`)
  if (files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const style of chunk.css ?? []) files.add(style)
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, files)
  return files
}

/** Every file that a build itself made. */
export function allFiles(manifest) {
  return new Set(
    Object.values(manifest).flatMap(({ file, css = [], assets = [] }) =>
      [file].concat(css, assets),
    ),
  )
}
