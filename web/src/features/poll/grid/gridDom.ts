/**
 * The cells as elements. There are too many for a framework to look after each: they are built
 * once, by cloning, and afterwards only those are touched that look different than before.
 */
import { OUTSIDE, SKIPPED, type Board } from '@/shared/time/board'

import { lookOf } from './cellLooks'
import type { Box, Hour, Place } from './rectangles'

/** Which part of a board is shown, and how. */
export interface Page {
  board: Board
  first: number
  count: number
  hours: Hour[]
  /** Cells can be set: hours are buttons, and cells say whether they are selected. */
  editable: boolean
  timeOf: (row: number) => string
  hourName: (hour: Hour) => string
}

const NOT_DRAWN = -1
/** So many cells out of sight may be drawn at once without being felt. */
const FEW = 150
/** How near to an edge a drag scrolls, and how far at a time, in pixels. */
const EDGE = 36
const SCROLL = 12

/** Listen to what happens within; for as long as the element is there. */
export function listen(
  within: HTMLElement | null,
  listeners: Record<string, (happened: never) => void>,
): void {
  for (const [type, listener] of Object.entries(listeners)) {
    within?.addEventListener(type, listener as EventListener)
  }
}

export class GridDom {
  private page: Page | null = null
  private rows: HTMLElement[] = []
  private cells: HTMLElement[] = []
  private drawn = new Int32Array()
  private tabStop: HTMLElement | null = null
  private readonly preview = element('div', 'tg-preview')

  constructor(
    private readonly scroller: HTMLElement,
    private readonly body: HTMLElement,
  ) {
    this.preview.ariaHidden = 'true'
  }

  build(page: Page): void {
    this.page = page
    const template = templateOf(page)
    this.rows = page.board.rows.map(() => template.cloneNode(true) as HTMLElement)
    this.cells = this.rows.flatMap((row) => [...row.children].slice(1) as HTMLElement[])
    this.drawn = new Int32Array(this.cells.length).fill(NOT_DRAWN)
    this.rows.forEach((row, index) => {
      row.ariaRowIndex = String(index + 2)
      row.firstElementChild?.append(page.timeOf(index))
    })
    for (const hour of page.hours) this.startHour(hour, page)
    this.body.replaceChildren(...this.rows, this.preview)
    this.tabStop = null
    this.preview.hidden = true
  }

  private startHour(hour: Hour, page: Page): void {
    const row = this.rows[hour.first]
    row?.classList.add('tg-hour')
    if (hour.gap) row?.classList.add('tg-gap')
    if (!page.editable) return
    const button = element('button', 'tg-hour-button')
    button.tabIndex = -1
    button.ariaLabel = page.hourName(hour)
    button.append(...(row?.firstElementChild?.childNodes ?? []))
    row?.firstElementChild?.replaceChildren(button)
  }

  /** Draw what looks different: the rows in sight now, the others after the next frame. */
  draw(codeOf: (cell: number) => number): void {
    const changed = this.changes(codeOf)
    const [from, to] = this.rowsInSight()
    const count = this.page?.count ?? 1
    const inSight = (index: number) => index >= from * count && index < to * count
    const later = changed.filter((index) => !inSight(index))
    const now = later.length > FEW ? changed.filter(inSight) : changed
    for (const index of now) this.drawCell(index, codeOf)
    if (later.length <= FEW) return
    requestAnimationFrame(() =>
      setTimeout(() => {
        for (const index of this.changes(codeOf)) this.drawCell(index, codeOf)
      }),
    )
  }

  private changes(codeOf: (cell: number) => number): number[] {
    const changed: number[] = []
    for (let index = 0; index < this.cells.length; index++) {
      const cell = this.cellOf(index)
      if (this.drawn[index] !== (cell < 0 ? cell * 2 : codeOf(cell))) changed.push(index)
    }
    return changed
  }

  private drawCell(index: number, codeOf: (cell: number) => number): void {
    const shown = this.cells[index]
    const cell = this.cellOf(index)
    if (!shown) return
    this.drawn[index] = cell < 0 ? cell * 2 : codeOf(cell)
    if (cell < 0) {
      shown.className = cell === SKIPPED ? 'tg-cell tg-skipped' : 'tg-cell tg-outside'
      shown.ariaDisabled = 'true'
      return
    }
    const look = lookOf(codeOf(cell))
    shown.className = look.classes
    shown.ariaSelected = look.selected === null ? null : String(look.selected)
    if (shown.textContent !== look.text) shown.textContent = look.text
  }

  private cellOf(index: number): number {
    const { board, first, count } = this.page as Page
    const row = Math.floor(index / count)
    return board.cells[row * board.columns.length + first + (index % count)] ?? OUTSIDE
  }

  private rowsInSight(): [number, number] {
    const body = this.body.getBoundingClientRect()
    const view = this.scroller.getBoundingClientRect()
    const height = body.height / Math.max(1, this.rows.length)
    const top = Math.max(0, view.top) - body.top
    const bottom = Math.min(window.innerHeight, view.bottom) - body.top
    return [Math.floor(top / height), Math.ceil(bottom / height)]
  }

  /** Whose cell a point of the window lies in; the nearest one for a point beside the grid. */
  placeAt(x: number, y: number): Place {
    // Asked anew each time: whatever was remembered is wrong once anything has moved or zoomed.
    const body = this.body.getBoundingClientRect()
    const { first, count, board } = this.page as Page
    return {
      row: partAt(y - body.top, body.height, board.rows.length),
      column: first + partAt(x - body.left, body.width, count),
    }
  }

  /** The place of a cell's element; of an hour's button, column −1. */
  placeOf(target: EventTarget | null): Place | null {
    const shown =
      target instanceof Element ? target.closest('[role=gridcell], [role=rowheader]') : null
    const row = this.rows.indexOf(shown?.parentElement as HTMLElement)
    if (!shown || row < 0) return null
    return { row, column: Number(shown.ariaColIndex) - 2 }
  }

  elementAt(place: Place): HTMLElement | null {
    if (!this.page) return null
    const { first, count, hours } = this.page
    if (place.column < 0) {
      const hour = hours.findLast((each) => each.first <= place.row)
      return this.rows[hour?.first ?? 0]?.querySelector('button') ?? null
    }
    const column = place.column - first
    return column < 0 || column >= count ? null : (this.cells[place.row * count + column] ?? null)
  }

  /** The one cell that Tab leads to. */
  setTabStop(place: Place): void {
    const shown = this.elementAt(place)
    if (!shown || place.column < 0) return
    if (this.tabStop) this.tabStop.tabIndex = -1
    shown.tabIndex = 0
    this.tabStop = shown
  }

  name(index: number, nameOf: (cell: number, place: Place) => string): void {
    const shown = this.cells[index]
    if (!shown || !this.page) return
    const { first, count } = this.page
    const place = { row: Math.floor(index / count), column: first + (index % count) }
    const name = nameOf(this.cellOf(index), place)
    if (shown.ariaLabel !== name) shown.ariaLabel = name
  }

  get size(): number {
    return this.cells.length
  }

  showPreview(from: Place, to: Place, level: number): void {
    const { first, count, board } = this.page as Page
    const body = this.body.getBoundingClientRect()
    const width = body.width / count
    const height = body.height / board.rows.length
    const x = (Math.min(from.column, to.column) - first) * width
    const y = Math.min(from.row, to.row) * height
    const { style } = this.preview
    this.preview.className = `tg-preview tg-preview-${level}`
    style.transform = `translate(${x}px, ${y}px)`
    style.width = `${(Math.abs(from.column - to.column) + 1) * width}px`
    style.height = `${(Math.abs(from.row - to.row) + 1) * height}px`
    this.preview.hidden = false
  }

  hidePreview(): void {
    this.preview.hidden = true
  }

  /** Scroll towards a point near the edge. Whether anything moved. */
  scrollTowards(x: number, y: number): boolean {
    const { left, right, top, bottom } = this.scroller.getBoundingClientRect()
    const { scrollLeft, scrollTop } = this.scroller
    const head = this.body.offsetTop
    this.scroller.scrollBy(
      pull(x, left + this.body.offsetLeft, right),
      pull(y, Math.max(0, top) + head, Math.min(window.innerHeight, bottom)),
    )
    return this.scroller.scrollLeft !== scrollLeft || this.scroller.scrollTop !== scrollTop
  }

  /** Bring a box into sight within the grid, without moving the page. */
  reveal(box: Box): void {
    if (!this.page) return
    const { first, count, board } = this.page
    const { offsetHeight, offsetWidth } = this.body
    this.scroller.scrollTo({
      top: ((box.row - 1) / board.rows.length) * offsetHeight,
      left: ((box.column - first - 1) / count) * offsetWidth,
    })
  }
}

/** In which of equal parts of a length a distance lies; the nearest one if beyond. */
function partAt(distance: number, length: number, parts: number): number {
  return Math.min(parts - 1, Math.max(0, Math.floor((distance / length) * parts)))
}

/** How far to scroll for a point near the low or the high edge. */
function pull(at: number, low: number, high: number): number {
  return at < low + EDGE ? -SCROLL : at > high - EDGE ? SCROLL : 0
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, classes: string) {
  const made = document.createElement(name)
  made.className = classes
  return made
}

function templateOf({ first, count, editable }: Page): HTMLElement {
  const row = element('div', 'tg-row')
  row.role = 'row'
  const header = element('span', 'visually-hidden')
  header.role = 'rowheader'
  header.ariaColIndex = '1'
  row.append(header)
  for (let column = 0; column < count; column++) {
    const cell = element('span', 'tg-cell')
    cell.role = 'gridcell'
    cell.tabIndex = -1
    cell.ariaColIndex = String(first + column + 2)
    if (editable) cell.ariaSelected = 'false'
    row.append(cell)
  }
  return row
}
