/** What a cell looks like, as a number that is cheap to compare: only what differs is drawn again. */
import { OUTSIDE, SKIPPED } from '@/shared/time/board'

import type { Heat } from '../heatmap/scale'

export interface Look {
  classes: string
  text: string
  /** Null: the cell is there to be read, not to be selected. */
  selected: boolean | null
}

const LEVELS = ['', ' tg-free', ' tg-if-needed', ' tg-preferred']
const ABSENT: Record<number, string> = { [OUTSIDE]: ' tg-outside', [SKIPPED]: ' tg-skipped' }
const HEATED = 4
const EVERYONE = 64
const SOME_IF_NEEDED = 128
const COUNT = 256

export function codeOfHeat(heat: Heat, cell: number): number {
  return (
    HEATED +
    8 * (heat.steps[cell] ?? 0) +
    (heat.everyone[cell] ? EVERYONE : 0) +
    (heat.ifNeeded[cell] ? SOME_IF_NEEDED : 0) +
    COUNT * (heat.counts[cell] ?? 0)
  )
}

/** The look of a level (0–3), of what `codeOfHeat` gave, or of no cell (`OUTSIDE`, `SKIPPED`). */
export function lookOf(code: number): Look {
  if (code < 0) return { classes: `tg-cell${ABSENT[code]}`, text: '', selected: null }
  if (!(code & HEATED)) return { classes: `tg-cell${LEVELS[code]}`, text: '', selected: code > 0 }
  const count = Math.floor(code / COUNT)
  const everyone = code & EVERYONE ? '✓' : ''
  const some = code & SOME_IF_NEEDED ? ' tg-some' : ''
  return {
    classes: `tg-cell tg-h${(code >> 3) & 7}${some}`,
    text: count ? `${everyone}${count}` : '',
    selected: null,
  }
}
