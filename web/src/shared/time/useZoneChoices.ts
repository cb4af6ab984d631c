/** The zones that a picker offers for what is typed, from a list that is loaded when asked for. */
import { computed, shallowRef, triggerRef, type Ref } from 'vue'

import type { Zone } from './zones'

const MOST = 50

/** `at`: the day whose offsets are told. Nothing typed: what is chosen, and its neighbours. */
export function useZoneChoices(typed: Ref<string | null>, chosen: Ref<string>, at: Ref<number>) {
  const zones = shallowRef<typeof import('./zones') | null>(null)
  const choices = computed((): Zone[] => {
    const found = zones.value?.searchZones(typed.value ?? '', at.value) ?? []
    if (typed.value) return found.slice(0, MOST)
    const place = found.findIndex(({ zone }) => zone === chosen.value)
    const first = Math.max(0, Math.min(place - MOST / 2, found.length - MOST))
    return found.slice(first, first + MOST)
  })

  async function load(): Promise<void> {
    if (zones.value) return
    zones.value = await import('./zones')
    await zones.value.learnNames(at.value)
    triggerRef(zones)
  }

  return { choices, load, loaded: computed(() => zones.value !== null) }
}
