/** What a finger does on the grid at once: scroll it, or paint. Remembered on this device. */
import { ref } from 'vue'

import { remembered } from '@/shared/remembered'

export type TouchMode = 'scroll' | 'paint'

const KEY = 'commontime:touch'

export const touchMode = ref<TouchMode>(remembered.get(KEY) === 'paint' ? 'paint' : 'scroll')

export function chooseTouchMode(mode: TouchMode): void {
  touchMode.value = mode
  remembered.set(KEY, mode)
}

/** There is a screen to touch, whatever else there is. */
export const hasTouch = window.matchMedia('(any-pointer: coarse)').matches
