import { ref } from 'vue'

/** What is said so soon after something else is said along with it: else it would silence that. */
const MOMENT_MS = 300

/** What a screen reader is to say next, without anything moving on the page. */
export const announcement = ref('')
let saidAt = -Infinity

export function announce(words: string): void {
  const now = performance.now()
  const said = announcement.value
  if (now - saidAt < MOMENT_MS) announcement.value = `${said} ${words}`
  // The same words twice are said twice only if something changes: a no-break space does.
  else announcement.value = said === words ? `${words}\u00a0` : words
  saidAt = now
}
