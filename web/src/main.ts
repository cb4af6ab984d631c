import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'

import App from './App.vue'
import { queryClient } from './api/queries'
import { reloadOnceWhenAChunkIsGone } from './chunks'
import { router } from './router'
import { firstWords } from './shared/i18n'
import { applyTheme } from './shared/theme'

applyTheme()
reloadOnceWhenAChunkIsGone()

const app = createApp(App)
app.use(VueQueryPlugin, { queryClient })
app.use(router)
await Promise.all([firstWords(), router.isReady()])
app.mount('#app')
