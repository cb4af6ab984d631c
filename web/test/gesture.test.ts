import { describe, expect, it } from 'vitest'

import { IDLE, next, type Effect, type Gesture, type Happening } from '@/features/poll/grid/gesture'

const place = (row: number, column: number) => ({ row, column })
const FREE = 1

function down(options: Partial<Happening & { kind: 'down' }> = {}): Happening {
  const at = place(2, 1)
  return { kind: 'down', pointer: 1, rests: false, x: 50, y: 50, at, level: FREE, ...options }
}
const finger = (options: Partial<Happening & { kind: 'down' }> = {}) =>
  down({ rests: true, ...options })
const move = (x: number, y: number, row: number, column: number, pointer = 1): Happening => ({
  kind: 'move',
  pointer,
  x,
  y,
  at: place(row, column),
})
const up = (pointer = 1): Happening => ({ kind: 'up', pointer })

/** What has been done after each of these has happened, in order, and how it ends. */
function after(...happenings: Happening[]): { gesture: Gesture; effects: Effect[] } {
  let gesture: Gesture = IDLE
  const effects: Effect[] = []
  for (const happening of happenings) {
    const [now, done] = next(gesture, happening)
    gesture = now
    effects.push(...done)
  }
  return { gesture, effects }
}
const committed = (effects: Effect[]) => effects.filter((effect) => effect.do === 'commit')
const deeds = (effects: Effect[]) => effects.map((effect) => effect.do)

describe('a mouse', () => {
  it('paints the rectangle between where it was pressed and let go, once', () => {
    const { gesture, effects } = after(down(), move(90, 50, 2, 2), move(90, 90, 4, 3), up())
    expect(committed(effects)).toEqual([
      { do: 'commit', from: place(2, 1), to: place(4, 3), level: FREE },
    ])
    expect(gesture).toBe(IDLE)
  })

  it('shows beforehand what it is going to paint, from the first cell on', () => {
    const { effects } = after(down(), move(90, 90, 4, 3))
    expect(effects).toEqual([
      { do: 'preview', from: place(2, 1), to: place(2, 1), level: FREE },
      { do: 'preview', from: place(2, 1), to: place(4, 3), level: FREE },
    ])
  })

  it('draws nothing anew while it stays within a cell', () => {
    const { effects } = after(down(), move(51, 52, 2, 1), move(53, 54, 2, 1))
    expect(deeds(effects)).toEqual(['preview'])
  })

  it('paints one cell with a click', () => {
    const { effects } = after(down(), up())
    expect(committed(effects)).toMatchObject([{ from: place(2, 1), to: place(2, 1) }])
  })

  it('paints from the cell before, with Shift', () => {
    const { effects } = after(down({ from: place(0, 0) }), up())
    expect(committed(effects)).toMatchObject([{ from: place(0, 0), to: place(2, 1) }])
  })

  it('paints nothing when it only moves', () => {
    expect(after(move(90, 90, 4, 3), up()).effects).toEqual([])
  })

  it('paints nothing after Escape, and takes the preview away', () => {
    const { effects } = after(down(), { kind: 'escape' }, move(90, 90, 4, 3), up())
    expect(deeds(effects)).toEqual(['preview', 'clear'])
  })
})

describe('a finger', () => {
  it('paints one cell when it taps', () => {
    const { effects } = after(finger(), move(53, 54, 2, 1), up())
    expect(deeds(effects)).toEqual(['startHold', 'stopHold', 'commit'])
  })

  it('paints nothing when it slips more than 10 pixels before it has rested: it scrolls', () => {
    const { gesture, effects } = after(finger(), move(50, 61, 3, 1), { kind: 'held' }, up())
    expect(deeds(effects)).toEqual(['startHold', 'stopHold'])
    expect(gesture).toBe(IDLE)
  })

  it('still rests when it trembles by 10 pixels', () => {
    const { gesture } = after(finger(), move(56, 58, 2, 1))
    expect(gesture.kind).toBe('resting')
  })

  it('paints a rectangle after it has rested, and says so by vibrating', () => {
    const { effects } = after(finger(), { kind: 'held' }, move(90, 90, 4, 3), up())
    expect(deeds(effects)).toEqual([
      'startHold',
      'vibrate',
      'preview',
      'preview',
      'clear',
      'commit',
    ])
    expect(committed(effects)).toMatchObject([{ from: place(2, 1), to: place(4, 3) }])
  })

  it('paints nothing when the browser takes the gesture to scroll', () => {
    const { effects } = after(finger(), { kind: 'cancel', pointer: 1 }, up())
    expect(committed(effects)).toEqual([])
  })

  it('paints nothing when the gesture is taken from it while it paints', () => {
    const { effects } = after(finger(), { kind: 'held' }, { kind: 'cancel', pointer: 1 }, up())
    expect(deeds(effects)).toEqual(['startHold', 'vibrate', 'preview', 'clear'])
  })

  it('paints nothing when a second one comes before it has rested', () => {
    const second = finger({ pointer: 2 })
    const { gesture, effects } = after(finger(), second, { kind: 'held' }, up(), up(2))
    expect(deeds(effects)).toEqual(['startHold', 'stopHold'])
    expect(gesture).toBe(IDLE)
  })

  it('paints nothing when a second one comes while it paints', () => {
    const second = finger({ pointer: 2 })
    const { effects } = after(finger(), { kind: 'held' }, second, move(90, 90, 4, 3), up(), up(2))
    expect(deeds(effects)).toEqual(['startHold', 'vibrate', 'preview', 'clear'])
  })

  it('paints at once where the user wants it to', () => {
    const { effects } = after(finger({ rests: false }), move(90, 90, 4, 3), up())
    expect(deeds(effects)).toEqual(['preview', 'preview', 'clear', 'commit'])
  })
})

describe('another pointer', () => {
  it('does not end the gesture of the first', () => {
    const { gesture, effects } = after(down(), move(90, 90, 4, 3, 7), up(7), {
      kind: 'cancel',
      pointer: 7,
    })
    expect(gesture.kind).toBe('painting')
    expect(committed(effects)).toEqual([])
  })

  it('can paint after the one before was cancelled', () => {
    const { effects } = after(down(), { kind: 'escape' }, down({ pointer: 2 }), up(2))
    expect(committed(effects)).toHaveLength(1)
  })
})

it('resting has nothing to say when there is no finger any more', () => {
  expect(after({ kind: 'held' }).effects).toEqual([])
  expect(after(down(), { kind: 'held' }).effects).toHaveLength(1)
})
