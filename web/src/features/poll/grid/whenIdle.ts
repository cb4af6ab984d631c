/** Do something `count` times, a few at a time while nothing else is to do. Gives how to stop. */
export function whenIdle(count: number, work: (index: number) => void): () => void {
  let index = 0
  let request = 0
  // Safari has no idle time to give: then a few now and a few soon.
  const idle = typeof requestIdleCallback === 'function'
  const ask = () => {
    request = idle ? requestIdleCallback(slice, { timeout: 5000 }) : window.setTimeout(slice, 50)
  }
  function slice(deadline?: IdleDeadline): void {
    const until = Math.min(index + 40, count)
    do work(index++)
    while (index < until || (index < count && (deadline?.timeRemaining() ?? 0) > 4))
    if (index < count) ask()
  }
  if (count > 0) ask()
  return () => (idle ? cancelIdleCallback(request) : clearTimeout(request))
}
