/**
 * When what was painted is sent to the server. Pure: neither clock nor network is in here, so that
 * every order of gestures, answers and faults can be tried. Times are epoch milliseconds.
 */

/**
 * How long after the last gesture it is sent: two quick ones make one request, and whoever watches
 * sees them within a third of a second.
 */
export const QUIET_MS = 200
/** Without an answer it is tried again after so long, and then as often as the last says. */
const RETRY_S = [4, 8, 16, 30, 60]

/**
 * `clean`: the server has everything. `waiting`: for the hand to rest. `sending`: an answer is to
 * come. `retrying`: none came, or a passing fault. `conflict`: somebody else saved in between.
 * `refused`: it can not be saved, and trying again does not help.
 */
export type Phase = 'clean' | 'waiting' | 'sending' | 'retrying' | 'conflict' | 'refused'

export interface Saving {
  readonly phase: Phase
  /** Somebody to save for: before a name is given there is nobody. */
  readonly named: boolean
  /** Gestures so far; how many the request on its way carries; how many the server has. */
  readonly edits: number
  readonly sent: number
  readonly stored: number
  readonly failures: number
  /** When to send; infinity where nothing is planned. */
  readonly dueAt: number
  readonly savedAt: number | null
  readonly problem: Failure | null
}

/** What of an `ApiProblem` matters here. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly retryAfterS: number | null
}

export type Happening =
  | { type: 'painted' }
  /** Somebody is there to save for, or nobody any more. */
  | { type: 'named'; named: boolean }
  | { type: 'due' }
  /** The page loses the eye, or is about to go: what waits is sent now. */
  | { type: 'hurry' }
  /** Somebody does not want to wait for the next attempt. */
  | { type: 'retry' }
  | { type: 'saved' }
  | { type: 'failed'; problem: Failure }
  | { type: 'conflict' }
  /** There is a network again, the poll is open again, or there is another link. */
  | { type: 'recovered' }
  | { type: 'keepMine' }
  /** What the server has is shown, and nothing of ours is left to save. */
  | { type: 'tookTheirs' }

export const NOTHING: Saving = {
  phase: 'clean',
  named: false,
  edits: 0,
  sent: 0,
  stored: 0,
  failures: 0,
  dueAt: Infinity,
  savedAt: null,
  problem: null,
}

/** Something is painted that the server does not have. */
export function isDirty({ edits, stored }: Saving): boolean {
  return edits > stored
}

/** Going away now loses something that going does not send. */
export function wouldLose(saving: Saving): boolean {
  const { phase, edits, sent } = saving
  const goesAlong = phase === 'waiting' || (phase === 'sending' && sent === edits)
  return isDirty(saving) && !(saving.named && goesAlong)
}

/** What is next, and whether to send what is painted now. */
export function step(saving: Saving, what: Happening, now: number): [Saving, send: boolean] {
  switch (what.type) {
    case 'painted':
      return [painted({ ...saving, edits: saving.edits + 1 }, now), false]
    case 'named': {
      const known = { ...saving, named: what.named }
      return what.named && isDirty(saving) && saving.phase === 'waiting'
        ? sending(known)
        : [known, false]
    }
    case 'due':
      return now >= saving.dueAt ? sending(saving) : [saving, false]
    case 'hurry':
      return saving.named && saving.phase === 'waiting' ? sending(saving) : [saving, false]
    case 'retry':
      return saving.named && saving.phase === 'retrying' ? sending(saving) : [saving, false]
    case 'saved':
      return [saved(saving, now), false]
    case 'failed':
      return [failed(saving, what.problem, now), false]
    case 'conflict':
      return [{ ...saving, phase: 'conflict', dueAt: Infinity }, false]
    case 'recovered':
      return mayRecover(saving) ? sending(saving) : [saving, false]
    case 'keepMine':
      return sending(saving)
    case 'tookTheirs':
      return [{ ...NOTHING, named: saving.named, savedAt: saving.savedAt }, false]
  }
}

function painted(saving: Saving, now: number): Saving {
  if (saving.phase !== 'clean' && saving.phase !== 'waiting') return saving
  return { ...saving, phase: 'waiting', dueAt: saving.named ? now + QUIET_MS : Infinity }
}

/** Who was told to wait is not let in earlier because the network is back. */
function mayRecover({ phase, problem, named }: Saving): boolean {
  if (!named) return false
  if (phase === 'retrying') return problem?.status === 0
  return phase === 'refused'
}

function sending(saving: Saving): [Saving, boolean] {
  return [{ ...saving, phase: 'sending', sent: saving.edits, dueAt: Infinity }, true]
}

function saved(saving: Saving, now: number): Saving {
  const stored = { ...saving, stored: saving.sent, failures: 0, problem: null, savedAt: now }
  if (isDirty(stored)) return { ...stored, phase: 'waiting', dueAt: now + QUIET_MS }
  return { ...stored, phase: 'clean', dueAt: Infinity }
}

function failed(saving: Saving, problem: Failure, now: number): Saving {
  if (!isPassing(problem)) return { ...saving, phase: 'refused', dueAt: Infinity, problem }
  const planned = RETRY_S[Math.min(saving.failures, RETRY_S.length - 1)] ?? 60
  const seconds = Math.max(planned, problem.retryAfterS ?? 0)
  return {
    ...saving,
    phase: 'retrying',
    failures: saving.failures + 1,
    dueAt: now + seconds * 1000,
    problem,
  }
}

function isPassing({ status }: Failure): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500
}
