/** The English words, for components that are tested without the rest of the page. */
import { firstWords, needMessages, type PageName } from '@/shared/i18n'

export async function words(...pages: PageName[]): Promise<void> {
  await firstWords()
  for (const page of pages) await needMessages(page)
}
