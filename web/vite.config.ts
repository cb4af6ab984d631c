import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Where a development server finds the API: a running `make up`.
const backend = process.env['COMMONTIME_URL'] ?? 'http://localhost:8000'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
  },
  build: {
    target: 'es2022',
    manifest: true,
    // Inlined data: URLs would need a wider Content-Security-Policy than the page has.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Few files: on a slow line each costs a round trip, and small ones compress badly. The
            // packages change seldom, so that an update leaves theirs in the browser's cache.
            {
              name: 'packages',
              test: /node_modules\/(@vue|vue|vue-router)\//,
            },
            {
              name: 'shared',
              test: /src\/(api|shared\/(?!i18n\/(en|ru)\/))/,
              minShareCount: 3,
            },
            { name: 'poll-parts', test: /src\/features\/poll\//, minShareCount: 2 },
            {
              name: 'event-parts',
              test: /src\/features\/events\/(event|adminToken|idempotency)\.ts/,
            },
            // What comes only with a form, if one is opened.
            { name: 'event-form', test: /src\/features\/events\/[^/]*$/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    // One origin, as in production: no CORS.
    proxy: Object.fromEntries(
      ['/api', '/problems', '/docs', '/openapi.json', '/readyz', '/.well-known'].map((path) => [
        path,
        backend,
      ]),
    ),
    // Off while tests drive the page: a reload would tear it from under them.
    hmr: process.env['COMMONTIME_NO_HMR'] ? false : {},
  },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.ts'],
    restoreMocks: true,
  },
})
