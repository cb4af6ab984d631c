import { QueryClient } from '@tanstack/vue-query'

import { ApiProblem } from './problems'

/** Asks a second time where that can help; the pages say what failed and offer a third. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, problem) =>
        failures < 2 &&
        problem instanceof ApiProblem &&
        (problem.status === 0 || problem.status >= 500),
      retryDelay: (failures, problem) =>
        1000 * ((problem instanceof ApiProblem && problem.retryAfterS) || 2 ** failures),
    },
  },
})
