import { onScopeDispose } from 'vue'

/**
 * Tells when the eye leaves the page or the page goes (`hurry`), and when there is a network again
 * (`recovered`); warns of leaving where that `wouldLose` something. Until the scope ends.
 */
export function whenLeaving(
  happens: (what: { type: 'hurry' | 'recovered' }) => void,
  wouldLose: () => boolean,
): void {
  const hurry = () => happens({ type: 'hurry' })
  const recovered = () => happens({ type: 'recovered' })
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
