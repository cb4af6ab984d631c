/**
 * Pointer gestures as a pure function: what is going on and what happens next give what is going
 * on then and what is to be done. A mouse paints at once. A finger scrolls, unless it taps, or
 * rests on a cell first and then moves; or paints at once where the user chose so.
 */
import type { Place } from './rectangles'

/** How long a finger rests before it paints, and how far it may slip meanwhile. */
export const HOLD_MS = 300
export const SLIP_PX = 10

export type Gesture =
  | { kind: 'idle' }
  /** A finger is down; whether it taps, scrolls or paints is not known yet. */
  | { kind: 'resting'; pointer: number; x: number; y: number; anchor: Place; level: number }
  | { kind: 'painting'; pointer: number; anchor: Place; head: Place; level: number }

export type Happening =
  | {
      kind: 'down'
      pointer: number
      /** A finger or pen that may scroll: it has to rest before it paints. */
      rests: boolean
      x: number
      y: number
      at: Place
      /** The corner to extend from; undefined starts a new rectangle. */
      from?: Place | undefined
      /** What the gesture is going to set its cells to. */
      level: number
    }
  | { kind: 'move'; pointer: number; x: number; y: number; at: Place }
  | { kind: 'up' | 'cancel'; pointer: number }
  /** The finger has rested for `HOLD_MS`. */
  | { kind: 'held' }
  | { kind: 'escape' }

export type Effect =
  | { do: 'startHold' }
  | { do: 'stopHold' }
  | { do: 'vibrate' }
  | { do: 'clear' }
  | { do: 'preview'; from: Place; to: Place; level: number }
  | { do: 'commit'; from: Place; to: Place; level: number }

type Step = [Gesture, Effect[]]

export const IDLE: Gesture = { kind: 'idle' }

export function next(gesture: Gesture, happening: Happening): Step {
  if (happening.kind === 'down') return onDown(gesture, happening)
  if (gesture.kind === 'idle') return [gesture, []]
  if (happening.kind === 'escape') return stop(gesture)
  if (happening.kind === 'held') return onHeld(gesture)
  if (happening.pointer !== gesture.pointer) return [gesture, []]
  if (happening.kind === 'cancel') return stop(gesture)
  return happening.kind === 'move' ? onMove(gesture, happening) : onUp(gesture)
}

function onDown(gesture: Gesture, down: Happening & { kind: 'down' }): Step {
  // A second finger: whoever pinches or scrolls with two does not paint.
  if (gesture.kind !== 'idle') return stop(gesture)
  const { pointer, x, y, at, level } = down
  if (down.rests) {
    return [{ kind: 'resting', pointer, x, y, anchor: at, level }, [{ do: 'startHold' }]]
  }
  return paint({ kind: 'painting', pointer, anchor: down.from ?? at, head: at, level })
}

function onHeld(gesture: Gesture): Step {
  if (gesture.kind !== 'resting') return [gesture, []]
  const { pointer, anchor, level } = gesture
  const [painting, effects] = paint({ kind: 'painting', pointer, anchor, head: anchor, level })
  return [painting, [{ do: 'vibrate' }, ...effects]]
}

function onMove(
  gesture: Exclude<Gesture, { kind: 'idle' }>,
  move: Happening & { kind: 'move' },
): Step {
  if (gesture.kind === 'resting') {
    const slipped = Math.hypot(move.x - gesture.x, move.y - gesture.y) > SLIP_PX
    return slipped ? stop(gesture) : [gesture, []]
  }
  const { head } = gesture
  if (head.row === move.at.row && head.column === move.at.column) return [gesture, []]
  return paint({ ...gesture, head: move.at })
}

function onUp(gesture: Exclude<Gesture, { kind: 'idle' }>): Step {
  const { anchor, level } = gesture
  const to = gesture.kind === 'painting' ? gesture.head : anchor
  const commit: Effect = { do: 'commit', from: anchor, to, level }
  return [IDLE, [{ do: gesture.kind === 'painting' ? 'clear' : 'stopHold' }, commit]]
}

function paint(gesture: Gesture & { kind: 'painting' }): Step {
  const { anchor, head, level } = gesture
  return [gesture, [{ do: 'preview', from: anchor, to: head, level }]]
}

function stop(gesture: Gesture): Step {
  return [IDLE, [{ do: gesture.kind === 'painting' ? 'clear' : 'stopHold' }]]
}
