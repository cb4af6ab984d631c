import { createApp } from 'vue'

import App from './App.vue'
import { goOnWithoutChunks, pageHasStarted, sayThatItDidNotStart } from './chunks'
import { router } from './router'
import { firstWords } from './shared/i18n'
import { applyTheme } from './shared/theme'

applyTheme()
goOnWithoutChunks(router)

const app = createApp(App)
app.use(router)
try {
  await Promise.all([firstWords(), router.isReady()])
  pageHasStarted()
  app.mount('#app')
} catch {
  sayThatItDidNotStart()
}
