/** Listens to mouse, pen and fingers on the cells and does what `gesture.ts` says. */
import { onBeforeUnmount, onMounted, type ShallowRef } from 'vue'

import { HOLD_MS, IDLE, next, type Effect, type Gesture, type Happening } from './gesture'
import { placeAt, scrollTowards, type Area } from './gridView'
import { listen } from './listen'
import type { Place } from './rectangles'
import { touchMode } from './touchMode'

interface Options {
  body: Readonly<ShallowRef<HTMLElement | null>>
  area: () => Area
  editable: () => boolean
  /** What a gesture that begins at this place sets its cells to. */
  levelFor: (place: Place) => number
  /** Where a rectangle begins that a click with Shift ends, and its level. */
  anchor: () => { place: Place; level: number }
  preview: (from: Place, to: Place, level: number) => void
  clear: () => void
  commit: (from: Place, to: Place, level: number) => void
  hover: (place: Place | null) => void
}

/** Gives the function that cancels a running gesture; true if there was one. */
export function usePointer(options: Options): () => boolean {
  let gesture: Gesture = IDLE
  let timer = 0
  let frame = 0
  let start = { x: 0, y: 0 }
  let point = start

  function happen(happening: Happening): void {
    const [now, effects] = next(gesture, happening)
    gesture = now
    effects.forEach(carryOut)
    if (gesture.kind !== 'painting') cancelAnimationFrame(frame)
  }

  function carryOut(effect: Effect): void {
    if (effect.do === 'startHold')
      timer = window.setTimeout(() => happen({ kind: 'held' }), HOLD_MS)
    else if (effect.do === 'stopHold') clearTimeout(timer)
    else if (effect.do === 'vibrate') navigator.vibrate?.(10)
    else if (effect.do === 'clear') options.clear()
    else if (effect.do === 'commit') options.commit(effect.from, effect.to, effect.level)
    else options.preview(effect.from, effect.to, effect.level)
  }

  function down(pressed: PointerEvent): void {
    if (!options.editable() || pressed.button !== 0) return
    const { clientX: x, clientY: y, pointerId: pointer } = pressed
    const at = placeAt(options.area(), x, y)
    const from = pressed.shiftKey ? options.anchor() : undefined
    const level = from?.level ?? options.levelFor(at)
    const rests = pressed.pointerType !== 'mouse' && touchMode.value === 'scroll'
    start = { x, y }
    happen({ kind: 'down', pointer, rests, x, y, at, from: from?.place, level })
    if (gesture.kind !== 'painting') return
    options.body.value?.setPointerCapture(pointer)
  }

  function move(moving: PointerEvent): void {
    const { clientX: x, clientY: y, pointerId: pointer } = moving
    if (gesture.kind !== 'idle') {
      happen({ kind: 'move', pointer, x, y, at: placeAt(options.area(), x, y) })
      follow(x, y)
    } else if (!options.editable() && moving.pointerType === 'mouse') {
      options.hover(placeAt(options.area(), x, y))
    }
  }

  /** While a drag is near the edge, the grid scrolls below it. */
  function follow(x: number, y: number): void {
    point = { x, y }
    cancelAnimationFrame(frame)
    if (gesture.kind === 'painting') frame = requestAnimationFrame(scroll)
  }

  function scroll(): void {
    if (gesture.kind !== 'painting' || !scrollTowards(options.area(), start, point)) return
    const at = placeAt(options.area(), point.x, point.y)
    happen({ kind: 'move', pointer: gesture.pointer, ...point, at })
    frame = requestAnimationFrame(scroll)
  }

  const listeners = {
    pointerdown: down,
    pointermove: move,
    pointerup: ({ pointerId }: PointerEvent) => happen({ kind: 'up', pointer: pointerId }),
    pointercancel: ({ pointerId }: PointerEvent) => happen({ kind: 'cancel', pointer: pointerId }),
    pointerleave: ({ pointerType }: PointerEvent) => {
      if (pointerType === 'mouse') options.hover(null)
    },
    // Focus follows when the gesture is over: before, it would cost the first frame of the drag.
    mousedown: (pressed: MouseEvent) => {
      if (options.editable()) pressed.preventDefault()
    },
    // A finger at rest would open the menu of the browser instead.
    contextmenu: (asked: Event) => {
      if (gesture.kind !== 'idle') asked.preventDefault()
    },
  }
  // What a finger does was settled when it came down, except by this; and only if it is there
  // from the beginning and not passive.
  const keepFromScrolling = (moving: TouchEvent) => {
    if (gesture.kind === 'painting' && moving.cancelable) moving.preventDefault()
  }

  onMounted(() => {
    listen(options.body.value, listeners)
    listen(options.body.value, { touchmove: keepFromScrolling }, { passive: false })
  })
  onBeforeUnmount(() => happen({ kind: 'escape' }))

  return () => {
    const running = gesture.kind !== 'idle'
    happen({ kind: 'escape' })
    return running
  }
}
