import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'

import { ApiProblem } from '@/api/problems'
import type { LiveState } from '@/shared/live/live'
import { useRefreshLoop, type RefreshLoop } from '@/shared/live/useRefreshLoop'

const after = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

function hide(hidden: boolean) {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden)
  document.dispatchEvent(new Event('visibilitychange'))
}

describe('the countdown', () => {
  const live = ref<LiveState>('polling')
  let refresh: ReturnType<typeof vi.fn<() => Promise<unknown>>>
  let scope: EffectScope
  let loop: RefreshLoop

  function begin() {
    scope = effectScope()
    scope.run(() => (loop = useRefreshLoop({ refresh, live })))
  }

  beforeEach(() => {
    vi.useFakeTimers()
    localStorage.clear()
    live.value = 'polling'
    refresh = vi.fn(async () => undefined)
    begin()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  it('goes from five to one and begins again with each refresh', async () => {
    const seen = [loop.secondsLeft.value]
    for (let second = 0; second < 5; second++) {
      await after(1)
      seen.push(loop.secondsLeft.value)
    }
    expect(seen).toEqual([5, 4, 3, 2, 1, 5])
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  it('does not drift, however late its timers come', async () => {
    const begun = performance.now()
    const at: number[] = []
    refresh.mockImplementation(async () => void at.push(performance.now() - begun))
    const slow = globalThis.setTimeout
    vi.stubGlobal('setTimeout', (act: () => void, ms: number) => slow(act, ms + 180))
    await after(31)
    vi.unstubAllGlobals()
    // Five seconds after one another, each late by one timer at most, not by five.
    const gaps = at.map((time, place) => time - (at[place - 1] ?? 0))
    for (const gap of gaps) expect(gap).toBeLessThan(5400)
    expect(at.length).toBeGreaterThan(4)
  })

  it('asks only every thirty seconds while the stream is live', async () => {
    live.value = 'live'
    await nextTick()
    await after(29)
    expect(refresh).not.toHaveBeenCalled()
    await after(2)
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  it('asks at once when a stream has gone that was live for longer than an interval', async () => {
    live.value = 'live'
    await nextTick()
    await after(12)
    live.value = 'polling'
    await nextTick()
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  it('stands still while paused, and asks at once when it goes on', async () => {
    await after(2)
    loop.pause()
    await after(600)
    expect(refresh).not.toHaveBeenCalled()
    loop.resume()
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  it('refreshes on demand while paused, and stays paused', async () => {
    loop.pause()
    await loop.refreshNow()
    await after(600)
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(loop.paused.value).toBe(true)
  })

  it('does not ask in a hidden page, and does at once when it is seen again', async () => {
    hide(true)
    await after(600)
    expect(refresh).not.toHaveBeenCalled()
    hide(false)
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  it('stays paused when it is seen again', async () => {
    loop.pause()
    hide(true)
    hide(false)
    await after(60)
    expect(refresh).not.toHaveBeenCalled()
  })

  it('tries again after 5, 10, 20 and 60 seconds, and says so', async () => {
    refresh.mockRejectedValue(new Error('gone'))
    await after(5)
    const waits: (number | null)[] = []
    for (let failure = 1; failure <= 5; failure++) {
      expect(refresh).toHaveBeenCalledTimes(failure)
      waits.push(loop.retryingIn.value)
      await after(loop.retryingIn.value ?? 0)
    }
    expect(waits).toEqual([5, 10, 20, 60, 60])
    refresh.mockResolvedValue(undefined)
    await after(60)
    expect(loop.retryingIn.value).toBeNull()
    expect(loop.secondsLeft.value).toBe(5)
  })

  it('waits for as long as the server asks', async () => {
    const problem = { status: 429, code: 'too_many_requests', detail: '', retryAfterS: 37 }
    refresh.mockRejectedValue(new ApiProblem(problem))
    await after(5)
    expect(loop.retryingIn.value).toBe(37)
  })

  it('gives up on an answer that does not come', async () => {
    refresh.mockReturnValue(new Promise(() => undefined))
    await after(5)
    expect(loop.refreshing.value).toBe(true)
    await after(20)
    expect(loop.refreshing.value).toBe(false)
    expect(loop.retryingIn.value).toBe(5)
  })

  it('asks once, however often it is told to', async () => {
    await Promise.all([loop.refreshNow(), loop.refreshNow(), loop.refreshNow()])
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  it('remembers the interval that was chosen', async () => {
    loop.interval.value = 15
    await nextTick()
    expect(loop.secondsLeft.value).toBe(15)
    scope.stop()
    begin()
    expect(loop.secondsLeft.value).toBe(15)
  })

  it('ends with the page', async () => {
    scope.stop()
    hide(false)
    await after(600)
    expect(refresh).not.toHaveBeenCalled()
  })
})
