/** `localStorage` for those who have it: where it is forbidden or full, nothing is remembered. */
export const remembered = {
  get(key: string): string | null {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  set(key: string, value: string): boolean {
    try {
      localStorage.setItem(key, value)
      return true
    } catch {
      return false
    }
  },
  remove(key: string): void {
    try {
      localStorage.removeItem(key)
    } catch {
      // Then it was not there either.
    }
  },
  /** The JSON value under `key`; null where there is none or it is not JSON. */
  json<T>(key: string): T | null {
    try {
      return JSON.parse(this.get(key) ?? 'null') as T | null
    } catch {
      return null
    }
  },
}
