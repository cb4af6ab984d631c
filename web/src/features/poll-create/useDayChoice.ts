import { computed, ref, watch, type Ref } from 'vue'

import { announce } from '@/shared/announce'
import { t } from '@/shared/i18n'
import { formatDay } from '@/shared/time/format'

import { daysBetween } from './calendar'
import { chosenDays, type Draft } from './draft'

/** A stretch by its first day and its last, or single days; `toHere`: all since the one before. */
export function useDayChoice(draft: Ref<Draft>) {
  const before = ref<string | null>(null)
  const chosen = computed(() => new Set(chosenDays(draft.value)))
  /** A stretch has only its beginning yet. */
  const isOpenEnded = computed(() => draft.value.mode === 'range' && !draft.value.last)

  watch(
    () => draft.value.mode,
    () => (before.value = null),
  )

  function choose(day: string, toHere: boolean) {
    if (draft.value.mode === 'range') chooseEnd(day)
    else if (toHere && before.value) chooseUntil(day, before.value)
    else toggle(day)
  }

  function chooseEnd(day: string) {
    if (!isOpenEnded.value || !draft.value.first) {
      Object.assign(draft.value, { first: day, last: '' })
      announce(t('create.nowTheLast'))
      return
    }
    const [first = day, last = day] = [draft.value.first, day].toSorted()
    Object.assign(draft.value, { first, last })
    announce(t('create.daysFromTo', { from: named(first), to: named(last) }))
  }

  function toggle(day: string) {
    before.value = day
    const { days } = draft.value
    draft.value.days = days.includes(day) ? days.filter((other) => other !== day) : [...days, day]
  }

  function chooseUntil(day: string, since: string) {
    const [from = day, to = day] = [since, day].toSorted()
    draft.value.days = [...new Set([...draft.value.days, ...daysBetween(from, to)])]
  }

  return { chosen, isOpenEnded, choose }
}

function named(day: string): string {
  return formatDay(day, 'UTC', 'long')
}
