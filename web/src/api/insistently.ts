import { ApiProblem } from './problems'

/** Asks again where that can help; the pages say what failed at last, and offer one more. */
export async function insistently<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await request()
    } catch (problem) {
      if (failures === 2 || !mayPass(problem)) throw problem
      await pause(problem.retryAfterS ?? 2 ** failures)
      if (signal.aborted) throw problem
    }
  }
}

/** Without a network it is known when it can help: when that is back. */
function mayPass(problem: unknown): problem is ApiProblem {
  if (!(problem instanceof ApiProblem) || problem.code === 'offline') return false
  return problem.status === 0 || problem.status >= 500
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
