/** A browser's storage for those who have it: where it is forbidden or full, nothing is remembered. */
function memoryIn(storage: () => Storage) {
  return {
    get(key: string): string | null {
      try {
        return storage().getItem(key)
      } catch {
        return null
      }
    },
    set(key: string, value: string): boolean {
      try {
        storage().setItem(key, value)
        return true
      } catch {
        return false
      }
    },
    remove(key: string): void {
      try {
        storage().removeItem(key)
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
}

/** For as long as the browser keeps it. */
export const remembered = memoryIn(() => localStorage)
/** For as long as the tab is open. */
export const rememberedInTab = memoryIn(() => sessionStorage)
