/** The cells of a grid as long as it is shown: built, drawn, named, focused, turned to a page. */
import { onBeforeUnmount, onMounted, watch, type Ref, type ShallowRef } from 'vue'

import { useLocale } from '@/shared/i18n'
import type { Board } from '@/shared/time/board'

import type { Heat } from '../heatmap/scale'
import { codeOfHeat } from './cellLooks'
import { cellName, hourName, rowTime } from './cellNames'
import { GridDom } from './gridDom'
import { keepClearOfHead, reveal } from './gridView'
import { cellAt, type Hour, type Place } from './rectangles'
import { whenIdle } from './whenIdle'

/** When a day is begun, where the grid shows all of it and not all fits. */
const MORNING = 8 * 60

interface Shown {
  board: Board
  levels?: Uint8Array | undefined
  version: number
  heat?: Heat | undefined
  editable: boolean
  describe: (cell: number) => string
}

/** The days that are shown, and the hours of all days. */
export interface Span {
  first: number
  end: number
  hours: readonly Hour[]
}

export function useCells(
  scroller: Readonly<ShallowRef<HTMLElement | null>>,
  body: Readonly<ShallowRef<HTMLElement | null>>,
  shown: Shown,
  span: Readonly<Ref<Span>>,
  firstColumn: Ref<number>,
) {
  const { locale } = useLocale()
  let dom: GridDom | undefined
  let active: Place = { row: 0, column: 0 }
  let turningTo: Place | null = null
  let stopNaming: (() => void) | undefined

  const cells = () => dom as GridDom
  const count = () => span.value.end - span.value.first
  const levelOf = (cell: number) => (shown.heat ? 0 : (shown.levels?.[cell] ?? 0))
  const codeOf = (cell: number) => (shown.heat ? codeOfHeat(shown.heat, cell) : levelOf(cell))

  function build(): void {
    const { board, editable } = shown
    const { first, hours } = span.value
    const hadFocus = body.value?.contains(document.activeElement) ?? false
    cells().build({
      board,
      first,
      count: count(),
      hours,
      editable,
      timeOf: (row) => rowTime(board, row),
      hourName: (hour) => hourName(board, hour),
    })
    if (scroller.value) keepClearOfHead(scroller.value)
    active = turningTo ?? (isShown(active) ? active : firstPlace())
    if (hadFocus || turningTo) focus(active)
    else cells().setTabStop(active)
    turningTo = null
    draw()
  }

  /** Draw and name; the active cell, of which a screen reader may be speaking, at once. */
  function draw(): void {
    cells().draw(codeOf, nameAll)
    entered(active)
  }

  function isShown({ row, column }: Place): boolean {
    const { first, end } = span.value
    return column >= first && column < end && cellAt(shown.board, { row, column }) >= 0
  }

  /** The first of the page that can be painted, in the order of reading. */
  function firstPlace(): Place {
    const { board } = shown
    const { first, end } = span.value
    for (let row = 0; row < board.rows.length; row++) {
      for (let column = first; column < end; column++) {
        if (cellAt(board, { row, column }) >= 0) return { row, column }
      }
    }
    return { row: 0, column: first }
  }

  /** Focus a place; on another page, turn to it first. Row −1 is the head, column −1 the hour. */
  function focus(place: Place, options: FocusOptions = {}): void {
    const { first, end } = span.value
    if (place.column >= 0 && (place.column < first || place.column >= end)) {
      turningTo = { row: Math.max(0, place.row), column: place.column }
      return turnTo(place.column)
    }
    const heads = scroller.value?.querySelectorAll<HTMLElement>('.tg-day')
    const target = place.row < 0 ? heads?.[place.column - first] : cells().elementAt(place)
    if (place.row >= 0) cells().setTabStop(place)
    target?.focus(options)
  }

  function turnTo(column: number): void {
    const { first, end } = span.value
    if (column >= first && column < end) return
    firstColumn.value = Math.floor(column / count()) * count()
  }

  /** What has the focus: a cell, a day (row −1) or an hour (column −1). */
  function placeOf(target: EventTarget | null): Place | null {
    const heads = [...(scroller.value?.querySelectorAll('.tg-day') ?? [])]
    const head = heads.indexOf(target as Element)
    if (head >= 0) return { row: -1, column: span.value.first + head }
    return cells().placeOf(target)
  }

  /** The focus has come to a cell. */
  function entered(place: Place): void {
    active = place
    cells().setTabStop(place)
    nameCell(place.row * count() + place.column - span.value.first)
  }

  function nameCell(index: number): void {
    cells().name(index, (cell, place) =>
      cellName(shown.board, cell, place, levelOf(cell), shown.describe),
    )
  }

  function nameAll(): void {
    stopNaming?.()
    stopNaming = whenIdle(cells().size, nameCell)
  }

  function beginInTheMorning(): void {
    const { rows } = shown.board
    const row = rows.findIndex(({ minute }) => minute >= MORNING)
    const box = { row: row + 1, column: 0, rows: 1, columns: 1 }
    if (rows[0]?.minute === 0 && row > 0) reveal(cells().area, box)
  }

  onMounted(() => {
    if (scroller.value && body.value) dom = new GridDom(scroller.value, body.value)
    build()
    beginInTheMorning()
  })
  onBeforeUnmount(() => stopNaming?.())
  watch([span, () => shown.editable, locale], build, { flush: 'post' })
  watch([() => shown.version, () => shown.heat, () => shown.levels, () => shown.describe], draw, {
    flush: 'post',
  })

  return { cells, focus, turnTo, placeOf, entered, active: () => active }
}
