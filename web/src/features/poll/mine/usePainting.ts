/** What is painted on the board, and the way back from it. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'

import { intervalsOf, keptWithout, levelsOf, type Interval } from '@/shared/bits/levels'
import type { Board } from '@/shared/time/board'

import { isSame, sameNumbers, type Painted } from './painted'
import { useHistory } from './useHistory'

/** `changed` is called after each gesture, an undo being one. */
export function usePainting(board: Readonly<Ref<Board>>, changed: () => void) {
  const history = useHistory<Painted>()
  const painted = shallowRef<Painted>(onBoard([]))
  const version = ref(0)

  function onBoard(some: Interval[]): Painted {
    return levelsOf(board.value, some)
  }

  function put(next: Painted): void {
    painted.value = next
    version.value++
  }

  function change(next: Painted): void {
    put(next)
    changed()
  }

  // The same times on other cells, should the poll's own times change.
  watch(board, (now, before) => {
    if (sameNumbers(now.starts, before.starts)) return
    const { levels, kept } = painted.value
    history.clear()
    put(levelsOf(now, intervalsOf(before, levels, kept)))
  })

  return {
    levels: computed(() => painted.value.levels),
    version,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    intervals: () => intervalsOf(board.value, painted.value.levels, painted.value.kept),
    /** Whether two schedules look the same on the board, and off its cells. */
    isSame: (one: Interval[], other: Interval[]) => isSame(onBoard(one), onBoard(other)),
    /** Show these from now on; there is no way back. */
    show(some: Interval[]): void {
      history.clear()
      put(onBoard(some))
    },
    /** Give all these cells one level, or each its own of one that there is for every cell. */
    paint(cells: Iterable<number>, to: number | Uint8Array): void {
      history.add(painted.value)
      const levels = painted.value.levels.slice()
      for (const cell of cells) levels[cell] = typeof to === 'number' ? to : (to[cell] ?? 0)
      change({ levels, kept: keptWithout(board.value, painted.value.kept, cells) })
    },
    /** Put these in place of all that is painted; to be undone at once. */
    replace(some: Interval[]): void {
      history.add(painted.value)
      change(onBoard(some))
    },
    undo: () => history.undo(painted.value, change),
    redo: () => history.redo(painted.value, change),
  }
}
