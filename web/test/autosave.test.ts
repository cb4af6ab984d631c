import { describe, expect, it } from 'vitest'

import {
  isDirty,
  NOTHING,
  QUIET_MS,
  step,
  wouldLose,
  type Failure,
  type Happening,
  type Saving,
} from '@/features/poll/mine/autosave'

const NOW = 1_000_000
const gone: Failure = { status: 0, code: 'unreachable', retryAfterS: null }

/** What is left of several happenings, and how many requests they made. */
function after(...happenings: (Happening | [Happening, at: number])[]) {
  let saving: Saving = { ...NOTHING, named: true }
  let sent = 0
  for (const one of happenings) {
    const [what, at] = Array.isArray(one) ? one : [one, NOW]
    const [next, send] = step(saving, what, at)
    saving = next
    sent += send ? 1 : 0
  }
  return { saving, sent }
}

const painted: Happening = { type: 'painted' }
const hurry: Happening = { type: 'hurry' }
const saved: Happening = { type: 'saved' }
const failed = (problem: Failure): Happening => ({ type: 'failed', problem })
const due = (at: number): [Happening, number] => [{ type: 'due' }, at]

describe('after a gesture', () => {
  it('waits until the hand rests, counted from the last gesture', () => {
    const { saving, sent } = after(painted, [painted, NOW + QUIET_MS / 2], due(NOW + QUIET_MS))
    expect(sent).toBe(0)
    expect(saving.dueAt).toBe(NOW + 1.5 * QUIET_MS)
    expect(after(painted, due(NOW + QUIET_MS)).sent).toBe(1)
  })

  it('sends at once when the eye leaves the page, and only once', () => {
    expect(after(painted, hurry, hurry, hurry).sent).toBe(1)
  })

  it('sends nothing when nothing was painted', () => {
    expect(after(hurry, { type: 'recovered' }, { type: 'retry' }).sent).toBe(0)
  })

  it('is saved, and says when', () => {
    const { saving } = after(painted, hurry, [saved, NOW + 40])
    expect(saving).toMatchObject({ phase: 'clean', savedAt: NOW + 40 })
    expect(isDirty(saving)).toBe(false)
  })

  it('saves what was painted while the request was on its way with another one', () => {
    const { saving, sent } = after(painted, hurry, painted, saved)
    expect(isDirty(saving)).toBe(true)
    expect(saving.phase).toBe('waiting')
    expect(after(painted, hurry, painted, saved, hurry, saved).sent).toBe(sent + 1)
  })
})

function nameless(...happenings: Happening[]) {
  return after({ type: 'named', named: false }, ...happenings)
}

describe('before a name is given', () => {
  it('sends nothing, however long and whatever happens', () => {
    expect(nameless(painted, hurry, { type: 'recovered' }).sent).toBe(0)
    expect(nameless(painted).saving.dueAt).toBe(Infinity)
  })

  it('sends all of it as soon as there is a name', () => {
    expect(nameless(painted, painted, { type: 'named', named: true }).sent).toBe(1)
  })
})

describe('without an answer', () => {
  it('tries again, ever later, and never gives up', () => {
    let { saving } = after(painted, hurry)
    const waits: number[] = []
    for (let n = 0; n < 7; n++) {
      saving = step(saving, failed(gone), NOW)[0]
      waits.push((saving.dueAt - NOW) / 1000)
      saving = step(saving, { type: 'due' }, saving.dueAt)[0]
      expect(saving.phase).toBe('sending')
    }
    expect(waits).toEqual([4, 8, 16, 30, 60, 60, 60])
  })

  it('tries at once when there is a network again', () => {
    expect(after(painted, hurry, failed(gone), { type: 'recovered' }).sent).toBe(2)
  })

  it('begins with short waits again after it was saved', () => {
    const { saving } = after(painted, hurry, failed(gone), failed(gone), { type: 'retry' }, saved)
    expect(saving.failures).toBe(0)
  })

  it('goes on waiting when more is painted meanwhile', () => {
    const { saving, sent } = after(painted, hurry, failed(gone), painted, hurry)
    expect(saving.phase).toBe('retrying')
    expect(sent).toBe(1)
  })
})

describe('when the server says to wait', () => {
  const tooMany: Failure = { status: 429, code: 'too_many_requests', retryAfterS: 37 }

  it('waits at least as long as it says', () => {
    expect(after(painted, hurry, failed(tooMany)).saving.dueAt).toBe(NOW + 37_000)
  })

  it('is not hurried by the network nor by the eye leaving', () => {
    expect(after(painted, hurry, failed(tooMany), { type: 'recovered' }, hurry).sent).toBe(1)
  })

  it('is when somebody asks for it', () => {
    expect(after(painted, hurry, failed(tooMany), { type: 'retry' }).sent).toBe(2)
  })
})

describe('when it cannot be saved', () => {
  const closed: Failure = { status: 409, code: 'poll_closed', retryAfterS: null }

  it('stops, and keeps what is painted for later', () => {
    const { saving } = after(painted, hurry, failed(closed), painted, hurry)
    expect(saving).toMatchObject({ phase: 'refused', problem: closed, dueAt: Infinity })
    expect(isDirty(saving)).toBe(true)
  })

  it('goes on when the poll is open again', () => {
    expect(after(painted, hurry, failed(closed), { type: 'recovered' }).sent).toBe(2)
  })
})

describe('when it was changed elsewhere', () => {
  const conflict: Happening = { type: 'conflict' }

  it('sends nothing until somebody decides', () => {
    const { saving, sent } = after(painted, hurry, conflict, painted, hurry, { type: 'recovered' })
    expect(saving.phase).toBe('conflict')
    expect(sent).toBe(1)
  })

  it('sends what is here, with all that was painted since', () => {
    const { saving, sent } = after(painted, hurry, conflict, painted, { type: 'keepMine' }, saved)
    expect(sent).toBe(2)
    expect(isDirty(saving)).toBe(false)
  })

  it('has nothing left to save when theirs is taken', () => {
    const { saving, sent } = after(painted, hurry, conflict, { type: 'tookTheirs' }, hurry)
    expect(sent).toBe(1)
    expect(isDirty(saving)).toBe(false)
    expect(saving.named).toBe(true)
  })
})

describe('leaving the page', () => {
  it('is warned about only where something would be lost', () => {
    expect(wouldLose(after().saving)).toBe(false)
    expect(wouldLose(after(painted).saving)).toBe(false)
    expect(wouldLose(after(painted, hurry).saving)).toBe(false)
    expect(wouldLose(after(painted, hurry, saved).saving)).toBe(false)
    expect(wouldLose(after(painted, hurry, painted).saving)).toBe(true)
    expect(wouldLose(after(painted, hurry, failed(gone)).saving)).toBe(true)
    expect(wouldLose(after(painted, hurry, { type: 'conflict' }).saving)).toBe(true)
    expect(wouldLose(after({ type: 'named', named: false }, painted).saving)).toBe(true)
  })
})
