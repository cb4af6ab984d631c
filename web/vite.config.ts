import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Where a development server finds the API: a running `make up`.
const backend = process.env['COMMONTIME_URL'] ?? 'http://localhost:8000'

/** The pages that cannot be seen without a module, each by its name; the shell stands for two. */
function pagesWith(id: string, graph: Graph, seen = new Set<string>()): Set<string> {
  if (seen.has(id)) return new Set()
  seen.add(id)
  const page = /features\/[^?]*\/(\w+Page)\.vue$/.exec(id)?.[1]
  if (page) return new Set([page])
  if (id.endsWith('src/main.ts')) return new Set(['HomePage', 'PollPage'])
  const above = graph.getModuleInfo(id)?.importers ?? []
  return new Set(above.flatMap((importer) => [...pagesWith(importer, graph, seen)]))
}

interface Graph {
  getModuleInfo: (id: string) => { importers: readonly string[] } | null
}

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
              test: /node_modules\/(@vue|vue)\//,
            },
            {
              name: (id, graph) => (pagesWith(id, graph).size > 1 ? 'shared' : null),
              debugName: 'shared',
              test: /src\/(api|shared\/(?!i18n\/(en|ru)\/))/,
              minShareCount: 2,
            },
            {
              name: (id, graph) => (pagesWith(id, graph).has('PollPage') ? 'poll' : null),
              debugName: 'poll',
              // In one file with the page itself: of two, each would be packed worse.
              test: /src\/(features\/poll|shared\/(?!i18n))\//,
            },
            // What comes only with a part of a page that is opened.
            {
              name: (id, graph) => (pagesWith(id, graph).size === 0 ? 'later' : null),
              debugName: 'later',
              test: /src\/(api|shared\/(?!i18n\/(en|ru)\/))/,
              minShareCount: 3,
            },
            {
              name: (id, graph) => (pagesWith(id, graph).size === 0 ? 'poll-later' : null),
              debugName: 'poll-later',
              test: /src\/features\/poll\//,
              minShareCount: 2,
            },
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
