import { host } from './hosting'

/**
 * Before the first test: a whole Commontime of its own, as `commontime up` starts it, with an
 * empty home, unless `COMMONTIME_WEB_URL` names one to use (with `COMMONTIME_ADMIN_TOKEN`).
 * What is returned stops it after the last test.
 */
export default async function start(): Promise<() => Promise<void>> {
  if (process.env['COMMONTIME_WEB_URL']) return async () => {}
  const hosted = await host('one')
  const page = await fetch(hosted.url)
  if (!page.ok) {
    await hosted.stop()
    throw new Error('The page is not built: run `make web` first')
  }
  process.env['COMMONTIME_WEB_URL'] = hosted.url
  process.env['COMMONTIME_ADMIN_TOKEN'] = hosted.adminToken
  return hosted.stop
}
