/** Where the cells of a grid are, and how a hand moves over them. */
import type { CDPSession, Locator, Page } from '@playwright/test'

import { expect } from './commontime'

export interface Point {
  x: number
  y: number
}

/** A cell by its row and its column, both from 0, as they are shown. */
export function cellAt(grid: Locator, row: number, column: number): Locator {
  return grid
    .getByRole('row')
    .nth(row + 1)
    .getByRole('gridcell')
    .nth(column)
}

/** The middle of a cell that is in sight. */
export async function middleOf(grid: Locator, row: number, column: number): Promise<Point> {
  const box = await cellAt(grid, row, column).boundingBox()
  if (!box) throw new Error(`there is no cell in row ${row}, column ${column}`)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** "1,0 1,1 2,0": row and column of what is marked, in the order of reading. */
export async function marked(grid: Locator): Promise<string> {
  const places = await grid.getByRole('gridcell', { selected: true }).evaluateAll((cells) =>
    cells.map((cell) => {
      const row = Number(cell.parentElement?.ariaRowIndex) - 2
      return `${row},${Number(cell.ariaColIndex) - 2}`
    }),
  )
  return places.join(' ')
}

/** One of a few, by its name. What is clicked is the label: the button itself cannot be seen. */
export async function chooses(within: Locator, name: string): Promise<void> {
  await within.getByRole('radio', { name, exact: true }).check({ force: true })
}

export async function expectMarked(grid: Locator, places: string): Promise<void> {
  await expect.poll(() => marked(grid)).toBe(places)
}

/** All places of a rectangle, as `marked` tells them. */
export function rectangle(rows: [number, number], columns: [number, number]): string {
  const places: string[] = []
  for (let row = rows[0]; row <= rows[1]; row++) {
    for (let column = columns[0]; column <= columns[1]; column++) places.push(`${row},${column}`)
  }
  return places.join(' ')
}

/** Press at one cell, move to another; the button is still held. */
export async function drags(
  page: Page,
  grid: Locator,
  from: [number, number],
  to: [number, number],
): Promise<void> {
  await cellAt(grid, ...from).scrollIntoViewIfNeeded()
  const start = await middleOf(grid, ...from)
  const end = await middleOf(grid, ...to)
  await page.mouse.move(start.x, start.y)
  await page.mouse.down()
  await page.mouse.move(end.x, end.y, { steps: 8 })
}

export async function paints(
  page: Page,
  grid: Locator,
  from: [number, number],
  to: [number, number],
): Promise<void> {
  await drags(page, grid, from, to)
  await page.mouse.up()
}

/** Fingers, as the browser gets them from a screen. */
export class Fingers {
  constructor(private readonly session: CDPSession) {}

  async down(...points: Point[]): Promise<void> {
    await this.send('touchStart', points)
  }

  async move(...points: Point[]): Promise<void> {
    await this.send('touchMove', points)
  }

  async up(): Promise<void> {
    await this.send('touchEnd', [])
  }

  /** One finger goes from here to there, a little at a time. */
  async glides(from: Point, to: Point, steps = 10): Promise<void> {
    for (let step = 1; step <= steps; step++) {
      const part = step / steps
      await this.move({
        x: from.x + (to.x - from.x) * part,
        y: from.y + (to.y - from.y) * part,
      })
    }
  }

  private async send(type: 'touchStart' | 'touchMove' | 'touchEnd', points: Point[]) {
    const touchPoints = points.map((point, id) => ({ ...point, id }))
    await this.session.send('Input.dispatchTouchEvent', { type, touchPoints })
  }
}
