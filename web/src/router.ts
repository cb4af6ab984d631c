import type { Component } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import { loadingPage } from './chunks'
import { withWords, type PageName } from './shared/i18n'

/** A page with its words: both are fetched at once, and neither is shown without the other. */
function page(component: () => Promise<Component>, ...messages: PageName[]) {
  return () => loadingPage(withWords(component, ...messages))
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: page(() => import('./features/home/HomePage.vue'), 'home') },
    {
      path: '/new',
      component: page(() => import('./features/poll-create/CreatePollPage.vue'), 'create'),
    },
    {
      path: '/p/:id',
      component: page(() => import('./features/poll/PollPage.vue'), 'poll', 'grid'),
    },
    {
      path: '/events',
      component: page(() => import('./features/events/EventsPage.vue'), 'events', 'live'),
    },
    {
      path: '/reset-password',
      component: page(() => import('./features/home/ResetPasswordPage.vue'), 'home'),
    },
    {
      path: '/:rest(.*)*',
      component: page(() => import('./features/home/NotFoundPage.vue'), 'home'),
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})
