import { createApp } from 'vue'

import App from './App.vue'
import { goOnWithoutPage, noticeMissingParts, sayThatItDidNotStart } from './chunks'
import { openPage } from './router'
import { begin } from './shared/address'
import { firstWords } from './shared/i18n'
import { applyTheme } from './shared/theme'

applyTheme()
noticeMissingParts()

try {
  await Promise.all([firstWords(), begin(openPage, goOnWithoutPage)])
  createApp(App).mount('#app')
} catch {
  sayThatItDidNotStart()
}
