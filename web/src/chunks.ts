/**
 * After an update of the server, a page that was open before may ask for a script that is there
 * no more. Loading the page again gets the new ones; once, so that a lasting fault ends in words.
 */
const KEY = 'commontime:reloaded'

export function reloadOnceWhenAChunkIsGone(): void {
  window.addEventListener('vite:preloadError', (failure) => {
    if (sessionStorage.getItem(KEY)) return
    sessionStorage.setItem(KEY, '1')
    failure.preventDefault()
    location.reload()
  })
}

/** A page has come up: the next missing script may reload again. */
export function chunksAreThere(): void {
  sessionStorage.removeItem(KEY)
}
