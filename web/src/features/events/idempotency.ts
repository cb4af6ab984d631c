/** A key that makes repeating a request harmless. (`randomUUID` is missing without https.) */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The same key for as long as the same is asked for, so that trying again cannot do it twice. */
export function keyKeeper() {
  let asked = ''
  let key = ''
  return {
    keyFor(body: unknown): string {
      const text = JSON.stringify(body)
      if (text !== asked) [asked, key] = [text, newKey()]
      return key
    },
    /** It was done: asking for the same again means another one. */
    done: () => (asked = ''),
  }
}
