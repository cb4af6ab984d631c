/** Durations of the API, which are ISO 8601, in minutes. */

const ISO = /^P(?=T?\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/

/** Throws `RangeError` for what is no duration of weeks, days and smaller parts. */
export function minutesOf(duration: string): number {
  const parts = ISO.exec(duration)
  if (!parts) throw new RangeError(`no duration: ${duration}`)
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  return (weeks * 7 + days) * 1440 + hours * 60 + minutes + seconds / 60
}

export function isoDuration(minutes: number): string {
  return `PT${minutes}M`
}
