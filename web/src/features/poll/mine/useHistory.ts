import { computed, shallowRef, type ComputedRef } from 'vue'

const MOST = 20

export interface History<T> {
  canUndo: ComputedRef<boolean>
  canRedo: ComputedRef<boolean>
  /** `before` is what a gesture is about to change. */
  add: (before: T) => void
  undo: (now: T, change: (to: T) => void) => void
  redo: (now: T, change: (to: T) => void) => void
  clear: () => void
}

/** The last twenty states to go back to, and those gone back from. */
export function useHistory<T>(): History<T> {
  const past = shallowRef<T[]>([])
  const future = shallowRef<T[]>([])
  return {
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    add(before) {
      past.value = [...past.value, before].slice(-MOST)
      future.value = []
    },
    undo(now, change) {
      const to = past.value.at(-1)
      if (to === undefined) return
      past.value = past.value.slice(0, -1)
      future.value = [...future.value, now]
      change(to)
    },
    redo(now, change) {
      const to = future.value.at(-1)
      if (to === undefined) return
      future.value = future.value.slice(0, -1)
      past.value = [...past.value, now]
      change(to)
    },
    clear() {
      past.value = []
      future.value = []
    },
  }
}
