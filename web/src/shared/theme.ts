import { ref } from 'vue'

import { remembered } from './remembered'

export type Theme = 'light' | 'dark' | 'system'

const KEY = 'commontime:theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')

/** What the user chose; `system` follows the device. */
export const theme = ref<Theme>((remembered.get(KEY) as Theme | null) ?? 'system')

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen
  remembered.set(KEY, chosen)
  show()
}

/** Show the chosen theme, and follow the device from now on. */
export function applyTheme(): void {
  show()
  dark.addEventListener('change', show)
}

function show(): void {
  const shown = theme.value === 'system' ? (dark.matches ? 'dark' : 'light') : theme.value
  document.documentElement.dataset['theme'] = shown
}
