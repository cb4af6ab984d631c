import { ref } from 'vue'

/** What a screen reader is to say next, without anything moving on the page. */
export const announcement = ref('')

export function announce(words: string): void {
  // The same words twice are said twice only if something changes: a no-break space does.
  announcement.value = announcement.value === words ? `${words}\u00a0` : words
}
