/** Asks again and again: every few seconds while nothing tells us, seldom while something does. */
import {
  computed,
  onScopeDispose,
  readonly,
  ref,
  toValue,
  watch,
  type ComputedRef,
  type MaybeRefOrGetter,
  type Ref,
  type WritableComputedRef,
} from 'vue'

import { ApiProblem } from '@/api/problems'

import { remembered } from '../remembered'
import type { LiveState } from './live'

export const INTERVALS_S = [5, 15, 60] as const
const LIVE_S = 30
/** After the first, second … failure in a row; the last one from then on. */
const RETRY_S = [5, 10, 20, 60] as const
/** A request unanswered for so long has failed. */
const PATIENCE_MS = 20_000
const KEY = 'commontime:refresh-interval'

export interface RefreshLoop {
  /** Until the next refresh, whole seconds, rounded up. Stands still while paused or hidden. */
  secondsLeft: Readonly<Ref<number>>
  /** Of how many seconds `secondsLeft` is what is left. */
  secondsInAll: Readonly<Ref<number>>
  refreshing: Readonly<Ref<boolean>>
  paused: Readonly<Ref<boolean>>
  pause: () => void
  /** Go on, and refresh at once. */
  resume: () => void
  refreshNow: () => Promise<void>
  /** Seconds between two refreshes while there is no stream; remembered. */
  interval: WritableComputedRef<number>
  /** Seconds until the next attempt; null unless the last one failed. */
  retryingIn: ComputedRef<number | null>
  /** When the page last learned how things are, epoch milliseconds; null: not yet. */
  updatedAt: Readonly<Ref<number | null>>
  /** The stream has told how things are. */
  toldByStream: () => void
}

export interface RefreshLoopOptions {
  /** Ask the server; rejects where that failed. */
  refresh: () => Promise<unknown>
  live: MaybeRefOrGetter<LiveState>
  /** Until the user chooses another one. */
  intervalS?: number
}

/** The first refresh is one interval away: who uses this has just read. Ends with its scope. */
export function useRefreshLoop({ refresh, live, intervalS }: RefreshLoopOptions): RefreshLoop {
  const chosen = ref(rememberedInterval() ?? intervalS ?? INTERVALS_S[0])
  const secondsLeft = ref(0)
  const secondsInAll = ref(0)
  const refreshing = ref(false)
  const paused = ref(false)
  const failures = ref(0)
  const updatedAt = ref<number | null>(null)
  let askedAt = performance.now()
  let deadline = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  const usualS = () => (toValue(live) === 'live' ? LIVE_S : chosen.value)

  /** Counted from the last answer. */
  function waitFor(seconds: number): void {
    secondsInAll.value = seconds
    deadline = askedAt + seconds * 1000
    tick()
  }

  /** Show what is left, and come back when that changes. Late timers cost nothing: the deadline stays. */
  function tick(): void {
    clearTimeout(timer)
    const left = Math.max(0, deadline - performance.now())
    secondsLeft.value = Math.ceil(left / 1000)
    if (paused.value || document.hidden || running) return
    if (left === 0) void refreshNow()
    else timer = setTimeout(tick, left % 1000 || 1000)
  }

  function refreshNow(): Promise<void> {
    clearTimeout(timer)
    return (running ??= run())
  }

  async function run(): Promise<void> {
    refreshing.value = true
    let wait: number | undefined
    try {
      await inTime(refresh())
      failures.value = 0
      updatedAt.value = Date.now()
    } catch (problem) {
      wait = RETRY_S[Math.min(failures.value++, RETRY_S.length - 1)]
      if (problem instanceof ApiProblem) wait = Math.max(wait ?? 0, problem.retryAfterS ?? 0)
    }
    refreshing.value = false
    running = undefined
    askedAt = performance.now()
    waitFor(wait ?? usualS())
  }

  function shown(): void {
    if (document.hidden) clearTimeout(timer)
    else if (!paused.value) void refreshNow()
  }

  // A stream that comes or goes changes how soon to ask; when it goes, that may be now.
  watch([() => toValue(live), chosen], () => {
    if (!failures.value && !running) waitFor(usualS())
  })
  document.addEventListener('visibilitychange', shown)
  onScopeDispose(() => {
    clearTimeout(timer)
    paused.value = true
    document.removeEventListener('visibilitychange', shown)
  })
  waitFor(usualS())

  return {
    secondsLeft: readonly(secondsLeft),
    secondsInAll: readonly(secondsInAll),
    refreshing: readonly(refreshing),
    paused: readonly(paused),
    pause() {
      paused.value = true
      tick()
    },
    resume() {
      paused.value = false
      void refreshNow()
    },
    refreshNow,
    interval: computed({
      get: () => chosen.value,
      set(seconds) {
        chosen.value = seconds
        remembered.set(KEY, String(seconds))
      },
    }),
    retryingIn: computed(() => (failures.value ? secondsLeft.value : null)),
    updatedAt: readonly(updatedAt),
    toldByStream() {
      updatedAt.value = Date.now()
    },
  }
}

function rememberedInterval(): number | undefined {
  const seconds = Number(remembered.get(KEY))
  return INTERVALS_S.find((offered) => offered === seconds)
}

/** Rejects when `asked` takes too long: a server that hangs must not end the loop. */
async function inTime(asked: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), PATIENCE_MS)
  })
  await Promise.race([asked, late]).finally(() => clearTimeout(timer))
}
