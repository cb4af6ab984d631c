/**
 * How dark a cell of the heatmap is, by how many are free in it. The darkest step is kept for
 * everyone who answered: where it is not seen, no time suits all, however dark the rest.
 */

/** What the grid draws, per cell. `steps` are 0–6; `everyone` is 1 where all `total` are free. */
export interface Heat {
  counts: Uint16Array
  steps: Uint8Array
  everyone: Uint8Array
  /** Of those counted, who come only if needed. */
  ifNeeded: Uint16Array
  total: number
}

/** `all`: from nobody to everyone. `best`: the steps tell apart the fullest cells only. */
export type ScaleMode = 'all' | 'best'

export const EVERYONE = 6
const FULLEST = 5
const MANY = 8
/** In mode `best`, a step is at most such a part of everyone. */
const FINEST = 20

/** With many people the fullest cells would look alike: 14 of 17 as 16 of 17. */
export function defaultMode(total: number): ScaleMode {
  return total >= MANY ? 'best' : 'all'
}

/** The step of a count, given how many answered and the highest count there is. */
export function stepOf(count: number, total: number, highest: number, mode: ScaleMode): number {
  if (count <= 0) return 0
  if (count >= total) return EVERYONE
  if (mode === 'all') return clamp(Math.round((EVERYONE * count) / total))
  const width = Math.ceil(total / FINEST)
  return clamp(FULLEST - Math.ceil((Math.min(highest, total - 1) - count) / width))
}

/** A step and the counts it stands for, both included. */
export interface LegendStep {
  step: number
  least: number
  most: number
}

/** The steps that occur between nobody and everyone, lightest first. */
export function legendOf(total: number, highest: number, mode: ScaleMode): LegendStep[] {
  const steps: LegendStep[] = []
  for (let count = 0; count <= total; count++) {
    const step = stepOf(count, total, highest, mode)
    const last = steps.at(-1)
    if (last?.step === step) last.most = count
    else steps.push({ step, least: count, most: count })
  }
  return steps
}

/**
 * What to draw. `mask`, where given, says which cells are to be seen (1); the others are as light
 * as if nobody were free in them.
 */
export function heatOf(
  counts: Uint16Array,
  ifNeeded: Uint16Array,
  total: number,
  mode: ScaleMode,
  mask?: (cell: number) => boolean,
): Heat {
  const highest = highestOf(counts)
  const steps = counts.map((count, cell) =>
    mask && !mask(cell) ? 0 : stepOf(count, total, highest, mode),
  )
  return {
    counts,
    steps: Uint8Array.from(steps),
    everyone: Uint8Array.from(steps, (step) => (step === EVERYONE ? 1 : 0)),
    ifNeeded,
    total,
  }
}

export function highestOf(counts: Uint16Array): number {
  return counts.reduce((highest, count) => Math.max(highest, count), 0)
}

function clamp(step: number): number {
  return Math.max(1, Math.min(FULLEST, step))
}
