/** A poll's slots in cells, as the API's heatmap and schedules count them. */
import { minutesOf } from './durations'
import { instantOfText } from './instants'
import { MINUTE } from './zone'

export interface Span {
  start: string
  end: string
}

/** The poll's step, or its least multiple that divides a day into 96 rows at most. */
export function cellMinutesOf(step: string): number {
  const minutes = minutesOf(step)
  return minutes * Math.ceil(15 / minutes)
}

/** As `?cell=` of heatmap and schedules takes it. */
export function cellParameter(cellMinutes: number): string {
  return `PT${cellMinutes}M`
}

/** When each begins and ends: counted from its slot's start, the last cut at the slot's end. */
export function cellsOf(slots: readonly Span[], cellMinutes: number) {
  const length = cellMinutes * MINUTE
  const joined = joinedSlots(slots)
  const count = joined.reduce((sum, [start, end]) => sum + Math.ceil((end - start) / length), 0)
  const starts = new Float64Array(count)
  const ends = new Float64Array(count)
  let cell = 0
  for (const [start, end] of joined) {
    for (let at = start; at < end; at += length) {
      starts[cell] = at
      ends[cell++] = Math.min(at + length, end)
    }
  }
  return { starts, ends }
}

/** In order; those that touch are one. */
function joinedSlots(slots: readonly Span[]): [start: number, end: number][] {
  const joined: [number, number][] = []
  const spans = slots.map(({ start, end }) => [instantOfText(start), instantOfText(end)] as const)
  for (const [start, end] of spans.toSorted((one, other) => one[0] - other[0])) {
    const last = joined.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else if (start < end) joined.push([start, end])
  }
  return joined
}
