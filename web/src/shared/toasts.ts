import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  kind: 'good' | 'bad'
}

const STAYS_MS = 6000
let last = 0

export const toasts = ref<Toast[]>([])

/** Say something that needs no answer; it goes by itself. */
export function toast(text: string, kind: Toast['kind'] = 'good'): void {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, kind }]
  setTimeout(() => dismiss(id), STAYS_MS)
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((shown) => shown.id !== id)
}
