import { onScopeDispose } from 'vue'

interface Leaving {
  /** The eye leaves the page, or the page goes. */
  hurry: () => void
  /** There is a network again. */
  recovered: () => void
  /** Going away now would lose something. */
  wouldLose: () => boolean
}

/** Told before the page is left, and asked whether to warn; until the scope ends. */
export function whenLeaving({ hurry, recovered, wouldLose }: Leaving): void {
  const hidden = () => document.hidden && hurry()
  const warn = (event: BeforeUnloadEvent) => wouldLose() && event.preventDefault()
  window.addEventListener('blur', hurry)
  window.addEventListener('pagehide', hurry)
  window.addEventListener('online', recovered)
  window.addEventListener('beforeunload', warn)
  document.addEventListener('visibilitychange', hidden)
  onScopeDispose(() => {
    window.removeEventListener('blur', hurry)
    window.removeEventListener('pagehide', hurry)
    window.removeEventListener('online', recovered)
    window.removeEventListener('beforeunload', warn)
    document.removeEventListener('visibilitychange', hidden)
  })
}
