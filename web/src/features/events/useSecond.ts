/** One clock for all that counts down: the server's, as far as its answers tell how ours differs. */
import { onScopeDispose, readonly, ref } from 'vue'

/** Of the header `Date`, which knows only seconds; below that our clock is as good. */
const BELIEVED_MS = 2000

const now = ref(Date.now())
let ahead = 0
let users = 0
let timer: ReturnType<typeof setTimeout> | undefined

function tick(): void {
  now.value = Date.now() + ahead
  timer = setTimeout(tick, 1000 - (now.value % 1000))
}

/** The time, epoch milliseconds, anew with each second. */
export function useSecond() {
  if (users++ === 0) tick()
  onScopeDispose(() => {
    if (--users === 0) clearTimeout(timer)
  })
  return readonly(now)
}

/** Learn from an answer what the server's clock shows. */
export function setClockBy(response: Response): void {
  const told = Date.parse(response.headers.get('Date') ?? '')
  if (Number.isNaN(told)) return
  const difference = told + 500 - Date.now()
  ahead = Math.abs(difference) > BELIEVED_MS ? difference : 0
}
