import { beforeEach, describe, expect, it } from 'vitest'

import {
  bodyOf,
  changesOf,
  enteredOf,
  happensTwice,
  wrongByServer,
  wrongWith,
  type Entered,
} from '@/features/events/eventForm'

import { NOW, ZONE, event } from './someEvent'
import { words } from './words'

beforeEach(() => words('events'))

describe('the form', () => {
  const good: Entered = {
    title: 'Planning',
    description: '',
    starts: '2030-01-08T10:00',
    ends: '',
    mode: 'after_creation',
  }
  const wrong = (changes: Partial<Entered>) => wrongWith({ ...good, ...changes }, ZONE, NOW)

  it('finds nothing wrong with what is right', () => {
    expect(wrong({})).toEqual({})
    expect(wrong({ ends: '2030-01-08T11:00', mode: 'at_end' })).toEqual({})
  })

  it.each([
    [{ title: '  ' }, 'title', /title/],
    [{ title: 'x'.repeat(201) }, 'title', /200/],
    [{ description: 'x'.repeat(10_001) }, 'description', /10,000/],
    [{ starts: '' }, 'starts', /when it starts/],
    [{ starts: '2030-03-31T02:30' }, 'starts', /no such time/],
    [{ starts: '2020-01-01T10:00' }, 'starts', /passed/],
    [{ ends: '2030-01-08T09:00' }, 'ends', /after the start/],
    [{ starts: '2020-01-01T10:00', ends: '2020-01-01T11:00' }, 'ends', /passed/],
    [{ mode: 'at_end' }, 'ends', /needs an end/],
  ] as [Partial<Entered>, string, RegExp][])('%o is wrong', (changes, field, message) => {
    expect(Object.entries(wrong(changes))).toEqual([[field, expect.stringMatching(message)]])
  })

  it('knows a time that the clocks show twice', () => {
    expect(happensTwice('2030-10-27T02:30', ZONE)).toBe(true)
    expect(happensTwice('2030-10-27T04:30', ZONE)).toBe(false)
  })

  it('puts what the server found where it belongs', () => {
    const errors = [
      { pointer: '/starts_at', code: 'no_such_local_time', detail: '…' },
      { pointer: '/ends_at', code: 'unheard_of', detail: 'told as it is' },
      { pointer: '/nowhere', code: 'x', detail: '' },
    ]
    expect(wrongByServer(errors)).toEqual({
      starts: expect.stringMatching(/no such time/),
      ends: 'told as it is',
    })
  })

  it('sends local times with their zone', () => {
    expect(bodyOf({ ...good, title: ' Planning ' }, ZONE)).toEqual({
      title: 'Planning',
      description: null,
      starts_at: '2030-01-08T10:00',
      ends_at: null,
      timezone: ZONE,
      completion: { mode: 'after_creation' },
    })
  })

  it('sends of a change only what has changed', () => {
    const entered = enteredOf(event(), ZONE)
    expect(changesOf(entered, event(), ZONE)).toEqual({})
    expect(changesOf({ ...entered, title: 'Other' }, event(), ZONE)).toEqual({ title: 'Other' })
    expect(changesOf({ ...entered, starts: '2030-01-09T10:00' }, event(), ZONE)).toEqual({
      starts_at: '2030-01-09T10:00',
      timezone: ZONE,
    })
  })
})
