import { defineConfig, devices } from '@playwright/test'

const browser = {
  launchOptions: {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // As root, in a container: Chromium's own sandbox does not start there.
    args: ['--no-sandbox'],
  },
}

const desktop = {
  ...devices['Desktop Chrome'],
  ...browser,
  viewport: { width: 1280, height: 800 },
  locale: 'en-GB',
  timezoneId: 'Europe/Berlin',
}
const phone = {
  ...devices['Pixel 7'],
  ...browser,
  locale: 'ru-RU',
  timezoneId: 'Asia/Vladivostok',
}
/** An endpoint is told of what every test does: these want to be alone with theirs. */
const WEBHOOKS = '**/webhooks.spec.ts'
/** What runs beside it would be measured, too. */
const PERFORMANCE = ['**/perf.spec.ts', '**/large.spec.ts']

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/start.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  retries: process.env['CI'] ? 1 : 0,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 90_000,
  // Long, for machines with other work: what has to be quick is measured by perf.spec.ts.
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./e2e/strict.ts']],
  use: {
    ...browser,
    // Set by start.ts; the workers, who read this file anew, inherit it.
    baseURL: process.env['COMMONTIME_WEB_URL'] ?? '',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    {
      name: 'desktop-en',
      testIgnore: ['**/*.phone.spec.ts', WEBHOOKS, ...PERFORMANCE],
      use: desktop,
    },
    {
      name: 'phone-ru',
      testIgnore: ['**/*.desktop.spec.ts', WEBHOOKS, ...PERFORMANCE],
      use: phone,
    },
    {
      name: 'webhooks-en',
      testMatch: WEBHOOKS,
      dependencies: ['desktop-en', 'phone-ru'],
      use: desktop,
    },
    { name: 'webhooks-ru', testMatch: WEBHOOKS, dependencies: ['webhooks-en'], use: phone },
    {
      name: 'performance',
      testMatch: PERFORMANCE,
      workers: 1,
      dependencies: ['webhooks-ru'],
      use: desktop,
    },
  ],
})
