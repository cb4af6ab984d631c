/** The same numbers in every run: what a failing case was can be seen again. Mulberry32. */
export function seeded(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  /** From `from` to below `beyond`. */
  const whole = (from: number, beyond: number) => from + Math.floor(next() * (beyond - from))
  const oneOf = <T>(items: readonly T[]): T => items[whole(0, items.length)] as T
  return { whole, oneOf }
}
