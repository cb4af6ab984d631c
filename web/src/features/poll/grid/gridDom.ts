/**
 * The cells as elements. There are too many for a framework to look after each: they are built
 * once, by cloning, and afterwards only those are touched that look different than before.
 */
import { OUTSIDE, type Board } from '@/shared/time/board'

import { lookOf } from './cellLooks'
import { pixelsOf, rowsInSight, type Area } from './gridView'
import type { Hour, Place } from './rectangles'

/** Which part of a board is shown, and how. */
export interface Page {
  board: Board
  first: number
  count: number
  hours: readonly Hour[]
  /** Cells can be set: hours are buttons, and cells say whether they are selected. */
  editable: boolean
  timeOf: (row: number) => string
  hourName: (hour: Hour) => string
}

type CodeOf = (cell: number) => number

const NOT_DRAWN = -9
/** So many cells out of sight may be drawn at once without being felt. */
const FEW = 150

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

  get size(): number {
    return this.cells.length
  }

  get area(): Area {
    const { scroller, body } = this
    const { first, count } = this.page ?? { first: 0, count: 1 }
    return { scroller, body, rows: this.rows.length, first, count }
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
    this.tabStop = null
    this.preview.hidden = true
    this.body.replaceChildren(...this.rows, this.preview)
  }

  private startHour(hour: Hour, page: Page): void {
    const row = this.rows[hour.first]
    const header = row?.firstElementChild
    row?.classList.add('tg-hour')
    if (hour.gap) row?.classList.add('tg-gap')
    if (!header || !page.editable) return
    const button = element('button', 'tg-hour-button')
    button.tabIndex = -1
    button.ariaLabel = page.hourName(hour)
    button.append(...header.childNodes)
    header.append(button)
  }

  /**
   * Draw what looks different: what is in sight now, and the rest, if it is much, after that.
   * Cells with another number lose their names: `drawn` is called when all can be named again.
   */
  draw(codeOf: CodeOf, drawn: () => void): void {
    const changed = this.changed(codeOf)
    const { count } = this.area
    const [from, to] = changed.length > FEW ? rowsInSight(this.area) : [0, this.rows.length]
    const inSight = changed.filter((index) => index >= from * count && index < to * count)
    for (const index of inSight) this.drawCell(index, codeOf)
    if (inSight.length === changed.length) return drawn()
    requestAnimationFrame(() =>
      setTimeout(() => {
        for (const index of this.changed(codeOf)) this.drawCell(index, codeOf)
        drawn()
      }),
    )
  }

  private changed(codeOf: CodeOf): number[] {
    const changed: number[] = []
    for (let index = 0; index < this.cells.length; index++) {
      if (this.drawn[index] !== this.codeAt(index, codeOf)) changed.push(index)
    }
    return changed
  }

  private codeAt(index: number, codeOf: CodeOf): number {
    const cell = this.cellOf(index)
    return cell < 0 ? cell : codeOf(cell)
  }

  private drawCell(index: number, codeOf: CodeOf): void {
    const shown = this.cells[index]
    if (!shown) return
    const code = this.codeAt(index, codeOf)
    const look = lookOf(code)
    this.drawn[index] = code
    if (code < 0) shown.ariaDisabled = 'true'
    shown.className = look.classes
    shown.ariaSelected = look.selected === null ? null : String(look.selected)
    if (shown.textContent === look.text) return
    shown.textContent = look.text
    shown.ariaLabel = null
  }

  private cellOf(index: number): number {
    const { row, column } = this.placeOfIndex(index)
    const board = this.page?.board
    return board?.cells[row * board.columns.length + column] ?? OUTSIDE
  }

  private placeOfIndex(index: number): Place {
    const { first, count } = this.area
    return { row: Math.floor(index / count), column: first + (index % count) }
  }

  /** The place of a cell's element; of an hour's button, column −1. */
  placeOf(target: EventTarget | null): Place | null {
    if (!(target instanceof Element)) return null
    const shown = target.closest('[role=gridcell], [role=rowheader]')
    const row = shown ? this.rows.indexOf(shown.parentElement as HTMLElement) : -1
    return row < 0 ? null : { row, column: Number(shown?.ariaColIndex) - 2 }
  }

  elementAt({ row, column }: Place): HTMLElement | null {
    const { first, count } = this.area
    if (column >= first && column < first + count) {
      return this.cells[row * count + column - first] ?? null
    }
    if (column >= 0) return null
    const hour = this.page?.hours.findLast((each) => each.first <= row)
    return this.rows[hour?.first ?? 0]?.querySelector('button') ?? null
  }

  /** The one cell that Tab leads to. */
  setTabStop(place: Place): void {
    const shown = this.elementAt(place)
    if (!shown || place.column < 0) return
    if (this.tabStop) this.tabStop.tabIndex = -1
    shown.tabIndex = 0
    this.tabStop = shown
  }

  /** Give a cell, by its number in the order of reading, the name it is read by. */
  name(index: number, nameOf: (cell: number, place: Place) => string): void {
    const shown = this.cells[index]
    if (!shown) return
    const name = nameOf(this.cellOf(index), this.placeOfIndex(index))
    if (shown.ariaLabel !== name) shown.ariaLabel = name
  }

  showPreview(from: Place, to: Place, level: number): void {
    const { x, y, width, height } = pixelsOf(this.area, from, to)
    const { preview } = this
    preview.className = `tg-preview tg-preview-${level}`
    preview.style.transform = `translate(${x}px, ${y}px)`
    preview.style.width = `${width}px`
    preview.style.height = `${height}px`
    preview.hidden = false
  }

  hidePreview(): void {
    this.preview.hidden = true
  }
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

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, classes: string) {
  const made = document.createElement(name)
  made.className = classes
  return made
}
