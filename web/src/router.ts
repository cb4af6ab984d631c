/** Which page is at which path. */
import { shallowRef, type Component } from 'vue'

import { loadingPage } from './chunks'
import { withWords, type PageName } from './shared/i18n'

interface Loaded {
  default: Component
}

interface Route {
  path: RegExp
  load: () => Promise<Loaded>
}

/** A page with its words: both are fetched at once, and neither is shown without the other. */
function route(path: RegExp, component: () => Promise<Loaded>, ...words: PageName[]): Route {
  return { path, load: () => loadingPage(withWords(component, ...words)) }
}

const ROUTES = [
  route(/^\/$/, () => import('./features/home/HomePage.vue'), 'home'),
  route(/^\/new\/?$/, () => import('./features/poll-create/CreatePollPage.vue'), 'create'),
  route(/^\/p\/[^/]+\/?$/, () => import('./features/poll/PollPage.vue'), 'poll', 'grid'),
  route(/^\/events\/?$/, () => import('./features/events/EventsPage.vue'), 'events', 'live'),
  route(/^\/reset-password\/?$/, () => import('./features/home/ResetPasswordPage.vue'), 'home'),
]
const NOT_FOUND = route(/^/, () => import('./features/home/NotFoundPage.vue'), 'home')

/** What is on the screen below the header. */
export const page = shallowRef<Component>()

/** Fetch the page at a path; what this resolves to shows it. */
export async function openPage(path: string): Promise<() => void> {
  const { load } = ROUTES.find((one) => one.path.test(path)) ?? NOT_FOUND
  const { default: component } = await load()
  return () => {
    page.value = component
  }
}
