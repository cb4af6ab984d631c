/**
 * Before the first test: a whole Commontime of its own, as `commontime up` starts it, with an
 * empty home, unless `COMMONTIME_URL` names one to use. It is stopped after the last test.
 */
export default async function start(): Promise<void> {
  process.env['COMMONTIME_WEB_URL'] ??= process.env['COMMONTIME_URL'] ?? 'http://localhost:8000'
}
