import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { computed, nextTick, ref } from 'vue'

import type { LiveState } from '@/shared/live/live'
import type { RefreshLoop } from '@/shared/live/useRefreshLoop'
import RefreshBar from '@/shared/ui/RefreshBar.vue'

import { words } from './words'

beforeEach(() => words('live'))

function bar(live: LiveState, { failing = false } = {}) {
  const secondsLeft = ref(4)
  const paused = ref(false)
  const interval = ref(5)
  const loop: RefreshLoop = {
    secondsLeft,
    secondsInAll: ref(5),
    refreshing: ref(false),
    paused,
    pause: vi.fn(() => (paused.value = true)),
    resume: vi.fn(() => (paused.value = false)),
    refreshNow: vi.fn(async () => undefined),
    interval: computed({ get: () => interval.value, set: (chosen) => (interval.value = chosen) }),
    retryingIn: computed(() => (failing ? secondsLeft.value : null)),
    updatedAt: ref(new Date(2030, 0, 7, 12, 4, 31).getTime()),
    toldByStream: vi.fn(),
  }
  const shown = mount(RefreshBar, { props: { loop, live } })
  const timer = () => shown.get('[role=timer]').text().replaceAll(/\s+/g, ' ')
  const button = (name: string) =>
    shown.findAll('button').find((one) => one.text() === name) ?? expect.fail(`no ${name}`)
  return { shown, loop, timer, button, secondsLeft, interval }
}

describe('the bar', () => {
  it('counts down to the next refresh', async () => {
    const { timer, secondsLeft } = bar('polling')
    expect(timer()).toContain('Next refresh in 4 s')
    secondsLeft.value = 3
    await nextTick()
    expect(timer()).toContain('Next refresh in 3 s')
  })

  it('says since when it is live, and still when it will look', () => {
    const { timer } = bar('live')
    expect(timer()).toMatch(/Live updated 12:04:31.*Next refresh in 4 s/)
  })

  it('says that nobody answers, and when it tries again', () => {
    expect(bar('polling', { failing: true }).timer()).toContain('No answer. Retrying in 4 s')
    expect(bar('offline').timer()).toContain('Offline. Retrying in 4 s')
  })

  it('pauses and resumes', async () => {
    const { loop, timer, button } = bar('live')
    await button('Pause').trigger('click')
    expect(loop.pause).toHaveBeenCalled()
    expect(timer()).toContain('Paused')
    await button('Resume').trigger('click')
    expect(loop.resume).toHaveBeenCalled()
    expect(timer()).toContain('Live')
  })

  it('refreshes now', async () => {
    const { loop, button } = bar('polling')
    await button('Refresh now').trigger('click')
    expect(loop.refreshNow).toHaveBeenCalled()
  })

  it('offers how often to look', async () => {
    const { shown, interval } = bar('polling')
    const select = shown.get('select')
    expect(select.findAll('option').map((one) => one.text())).toEqual([
      'every 5 s',
      'every 15 s',
      'every 60 s',
    ])
    await select.setValue('60')
    expect(interval.value).toBe(60)
  })

  it('is not read out as it counts', () => {
    expect(bar('polling').shown.get('[role=timer]').attributes('aria-live')).toBe('off')
  })
})
