/** Instants of the API, which counts microseconds, as epoch milliseconds with their fraction. */

/** Throws nothing: NaN for what is no instant. */
export function instantOfText(text: string): number {
  const [, beyond = ''] = /\.\d{3}(\d{1,3})/.exec(text) ?? []
  return Date.parse(text) + Number(beyond.padEnd(3, '0')) / 1000
}

/** In UTC, as the API writes it. */
export function textOfInstant(instant: number): string {
  const whole = Math.floor(instant)
  const beyond = Math.round((instant - whole) * 1000)
  const text = new Date(whole).toISOString()
  if (beyond > 0) return text.replace('Z', `${String(beyond).padStart(3, '0')}Z`)
  return text.replace('.000Z', 'Z')
}
