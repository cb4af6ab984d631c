// Types from the four committed OpenAPI documents: src/api/gen/<service>.d.ts.
// They are made before every check and build, never committed: the documents are the one source.
import { mkdir, readFile, writeFile } from 'node:fs/promises'

import openapiTS, { astToString } from 'openapi-typescript'

const services = ['poll-api', 'availability', 'recommender', 'event-lifecycle']
const documents = new URL('../../contracts/openapi/', import.meta.url)
const target = new URL('../src/api/gen/', import.meta.url)

await mkdir(target, { recursive: true })
await Promise.all(
  services.map(async (service) => {
    const document = JSON.parse(await readFile(new URL(`${service}.json`, documents), 'utf8'))
    const types = await openapiTS(document, { silent: true })
    await writeFile(new URL(`${service}.d.ts`, target), astToString(types))
  }),
)
