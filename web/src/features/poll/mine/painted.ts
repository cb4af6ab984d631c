import type { Interval } from '@/shared/bits/levels'

/** What is on the board: levels by cell, and intervals that lie on no cell's bounds. */
export interface Painted {
  levels: Uint8Array
  kept: Interval[]
}

export function isSame(one: Painted, other: Painted): boolean {
  return (
    sameNumbers(one.levels, other.levels) && JSON.stringify(one.kept) === JSON.stringify(other.kept)
  )
}

export function sameNumbers(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  return one.length === other.length && Array.prototype.every.call(one, (n, i) => n === other[i])
}
