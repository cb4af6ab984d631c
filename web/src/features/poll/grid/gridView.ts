/** Where things are on the screen, asked anew each time: whatever is remembered is wrong after the
    next scroll, zoom or turn of the phone. */
import type { Box, Place } from './rectangles'

/** The cells' rectangle and what it is divided into. */
export interface Area {
  scroller: HTMLElement
  body: HTMLElement
  rows: number
  /** The first column that is shown, and how many are. */
  first: number
  count: number
}

/** How near to an edge a drag scrolls, and how far at a time, in pixels. */
const EDGE = 28
const SCROLL = 12

/** Whose cell a point of the window lies in; the nearest one for a point beside the grid. */
export function placeAt({ body, rows, first, count }: Area, x: number, y: number): Place {
  const { left, top, width, height } = body.getBoundingClientRect()
  return { row: partAt(y - top, height, rows), column: first + partAt(x - left, width, count) }
}

/** In which of equal parts of a length a distance lies; the nearest one if beyond. */
function partAt(distance: number, length: number, parts: number): number {
  return Math.min(parts - 1, Math.max(0, Math.floor((distance / length) * parts)))
}

/** From the first row that can be seen to the one after the last. */
export function rowsInSight({ scroller, body, rows }: Area): [number, number] {
  const { top, height } = body.getBoundingClientRect()
  const view = scroller.getBoundingClientRect()
  const row = (y: number) => ((y - top) / height) * rows
  return [
    Math.floor(row(Math.max(0, view.top))),
    Math.ceil(row(Math.min(window.innerHeight, view.bottom))),
  ]
}

/** Where a rectangle lies within the body, in pixels. */
export function pixelsOf({ body, rows, first, count }: Area, from: Place, to: Place) {
  const { width, height } = body.getBoundingClientRect()
  return {
    x: ((Math.min(from.column, to.column) - first) / count) * width,
    y: (Math.min(from.row, to.row) / rows) * height,
    width: ((Math.abs(from.column - to.column) + 1) / count) * width,
    height: ((Math.abs(from.row - to.row) + 1) / rows) * height,
  }
}

interface Point {
  x: number
  y: number
}

/** Scroll towards a point near the edge that a drag `from` elsewhere led to. Whether it moved. */
export function scrollTowards({ scroller, body }: Area, from: Point, { x, y }: Point): boolean {
  const { left, right, top, bottom } = scroller.getBoundingClientRect()
  const { scrollLeft, scrollTop } = scroller
  const cells = body.parentElement ?? body
  scroller.scrollBy(
    pull(from.x, x, left + cells.offsetLeft, right),
    pull(from.y, y, Math.max(0, top) + headHeight(scroller), Math.min(window.innerHeight, bottom)),
  )
  return scroller.scrollLeft !== scrollLeft || scroller.scrollTop !== scrollTop
}

/** How far to scroll for a point that has come near the low or the high edge. */
function pull(from: number, at: number, low: number, high: number): number {
  if (at < Math.min(from, low + EDGE)) return -SCROLL
  return at > Math.max(from, high - EDGE) ? SCROLL : 0
}

function headHeight(scroller: HTMLElement): number {
  return scroller.querySelector('.tg-head')?.clientHeight ?? 0
}

/** Bring a box into sight within the grid, without moving the page. */
export function reveal({ scroller, body, rows, first, count }: Area, box: Box): void {
  scroller.scrollTo({
    top: ((box.row - 1) / rows) * body.offsetHeight,
    left: ((box.column - first - 1) / count) * body.offsetWidth,
  })
}

/** What is focused is not to be hidden below the days and times, which stay when the rest scrolls. */
export function keepClearOfHead(scroller: HTMLElement): void {
  scroller.style.scrollPaddingTop = `${headHeight(scroller) + 4}px`
}
