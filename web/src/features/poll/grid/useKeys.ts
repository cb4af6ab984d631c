/** Listens to the keys while the focus is in the grid, and only then. */
import { announce } from '@/shared/announce'
import { t } from '@/shared/i18n'
import type { Board } from '@/shared/time/board'

import { brushName } from './brushes'
import { intentOf, moved, type Intent, type Move } from './keyboard'
import type { Place } from './rectangles'

export type Brush = 0 | 1 | 2 | 3

export interface KeyOptions {
  board: () => Board
  editable: () => boolean
  brush: () => Brush
  span: () => { first: number; end: number }
  levelFor: (place: Place) => number
  preview: (from: Place, to: Place, level: number) => void
  clear: () => void
  commit: (from: Place, to: Place, level: number) => void
  /** Move the focus; to a place beyond the page, or −1 for a header, too. */
  focus: (place: Place) => void
  cancelPointer: () => boolean
  choose: (brush: Brush) => void
  inspect: (place: Place) => void
  undo: () => void
  redo: () => void
}

export interface Keys {
  onKeydown: (pressed: KeyboardEvent, at: Place) => void
  /** Shift was let go, or the focus went elsewhere: what was extended is painted. */
  settle: () => void
}

export function useKeys(options: KeyOptions): Keys {
  /** Where Shift and the arrows began; kept until the focus moves without Shift. */
  let anchor: Place | null = null
  let head: Place | null = null

  function onKeydown(pressed: KeyboardEvent, at: Place): void {
    const intent = intentOf(pressed)
    if (!intent || !carryOut(intent, at)) return
    pressed.preventDefault()
  }

  /** Whether the key was for the grid. */
  function carryOut(intent: Intent, at: Place): boolean {
    if (intent.do === 'move') return move(intent.move, at)
    if (intent.do === 'escape') return cancel()
    if (intent.do === 'inspect' || intent.do === 'toggle' || intent.do === 'extend') {
      return !isHeader(at) && onCell(intent, at)
    }
    if (!options.editable()) return false
    if (intent.do === 'brush') choose(intent.brush)
    else options[intent.do]()
    return true
  }

  function onCell(intent: Intent, at: Place): boolean {
    if (intent.do === 'inspect') options.inspect(at)
    else if (!options.editable()) return false
    else if (intent.do === 'extend') extend(intent.move, at)
    else options.commit(at, at, options.levelFor(at))
    return true
  }

  function move(by: Move, at: Place): boolean {
    settle()
    anchor = null
    const to = moved(options.board(), at, by, options.span())
    if (to && (options.editable() || !isHeader(to))) options.focus(to)
    return true
  }

  function extend(by: Move, at: Place): void {
    const to = moved(options.board(), at, by, options.span())
    const { first, end } = options.span()
    if (!to || isHeader(to) || to.column < first || to.column >= end) return
    anchor ??= at
    head = to
    options.focus(to)
    options.preview(anchor, head, options.brush())
  }

  function settle(): void {
    if (!anchor || !head) return
    options.clear()
    const to = head
    head = null
    options.commit(anchor, to, options.brush())
  }

  function cancel(): boolean {
    const running = options.cancelPointer() || head !== null
    if (head && anchor) {
      options.clear()
      options.focus(anchor)
    }
    head = null
    anchor = null
    // Otherwise Escape is for whatever the grid lies in, such as a dialog.
    return running
  }

  function choose(brush: Brush): void {
    options.choose(brush)
    announce(t('grid.brushNow', { brush: brushName(brush) }))
  }

  return { onKeydown, settle }
}

function isHeader({ row, column }: Place): boolean {
  return row < 0 || column < 0
}
