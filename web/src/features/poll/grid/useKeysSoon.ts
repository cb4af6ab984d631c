/**
 * The keyboard of the grid. Its script comes once the grid is seen, for which it is not needed.
 * Nothing that is pressed before that is lost: it waits, and is done in its order.
 */
import { onMounted } from 'vue'

import type { Place } from './rectangles'
import type { KeyOptions, Keys } from './useKeys'

interface Options extends KeyOptions {
  placeOf: (target: EventTarget | null) => Place | null
}

export function useKeysSoon(options: Options): Keys {
  let keys: Keys | undefined
  let coming: Promise<void> | undefined
  let waiting: ((keys: Keys) => void)[] = []

  async function fetchThem(): Promise<void> {
    const { useKeys } = await import('./useKeys')
    keys = useKeys(options)
    const pressed = waiting
    waiting = []
    const elsewhere = options.placeOf(document.activeElement) ? null : document.activeElement
    for (const act of pressed) act(keys)
    // Who has gone on to something else meanwhile is not brought back.
    if (elsewhere instanceof HTMLElement) elsewhere.focus({ preventScroll: true })
  }

  function whenThere(act: (keys: Keys) => void): void {
    if (keys) return act(keys)
    waiting.push(act)
    // Where it could not be fetched, whoever looks at the page is told; the next key asks again.
    coming ??= fetchThem().finally(() => (coming = undefined))
  }

  onMounted(() => whenThere(() => {}))
  return {
    onKeydown(pressed, at) {
      if (keys) return keys.onKeydown(pressed, at)
      if (scrolls(pressed, at)) pressed.preventDefault()
      // What was pressed before it may have moved the focus by then.
      whenThere((there) => there.onKeydown(pressed, options.placeOf(document.activeElement) ?? at))
    },
    settle: () => whenThere((there) => there.settle()),
  }
}

/** Whether the browser would scroll, where the grid is going to do something else. */
function scrolls({ key, altKey, ctrlKey, metaKey }: KeyboardEvent, at: Place): boolean {
  if (altKey || ctrlKey || metaKey) return false
  return /^(Arrow|Page|Home|End)/.test(key) || (key === ' ' && at.row >= 0 && at.column >= 0)
}
