import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'

import EventsTable from '@/features/events/EventsTable.vue'
import type { EventDocument } from '@/features/events/event'
import { eventList } from '@/features/events/eventList'
import { announcement } from '@/shared/announce'

import { NOW, ZONE, event } from './someEvent'
import { words } from './words'

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW })
  vi.spyOn(navigator, 'language', 'get').mockReturnValue('en-GB')
  await words('events')
})
enableAutoUnmount(afterEach)
afterEach(() => vi.useRealTimers())

function table(...events: EventDocument[]) {
  const shown = mount(EventsTable, {
    props: { events, changed: new Set<string>(), zone: ZONE },
    attachTo: document.body,
  })
  const cells = (row = 0) =>
    shown.findAll(`tbody tr:nth-child(${row + 1}) > *`).map((cell) => cell.text())
  return { shown, cells }
}

describe('the table', () => {
  it('says what, when, how it stands and when it completes', () => {
    const { cells } = table(event())
    const [title, when, status, completes] = cells()
    expect(title).toBe('Planning')
    expect(when).toMatch(/Tue.* 8.*January.*10:00/)
    expect(status).toBe('○Pending')
    expect(completes).toBe('in 10 s')
  })

  it('counts down each second', async () => {
    const { cells } = table(event())
    await vi.advanceTimersByTimeAsync(3000)
    expect(cells()[3]).toBe('in 7 s')
    await vi.advanceTimersByTimeAsync(7000)
    expect(cells()[3]).toBe('any moment now')
  })

  it.each([
    [
      { status: 'completed', completed_by: 'timer', completed_at: '2030-01-07T11:00:00Z' },
      '✓Completed',
      '12:00, by itself',
    ],
    [
      { status: 'completed', completed_by: 'person', completed_at: '2030-01-07T11:00:00Z' },
      '✓Completed',
      '12:00, by hand',
    ],
    [{ status: 'cancelled', cancelled_at: '2030-01-07T11:00:00Z' }, '✕Cancelled', '—'],
    [{ tentative: true, due_at: null, poll_id: 'p' }, '?Tentative', 'the poll is open again'],
    [{ due_at: null, completion: { mode: 'manual', delay: 'PT10S' } }, '○Pending', 'by hand'],
  ] as [Partial<EventDocument>, string, string][])('tells %o', (changes, status, completes) => {
    expect(table(event(changes)).cells().slice(2, 4)).toEqual([status, completes])
  })

  it('offers to complete only what is pending', () => {
    const { shown } = table(event(), event({ id: 'a', status: 'cancelled' }))
    expect(shown.findAll('button').filter((one) => one.text() === 'Complete')).toHaveLength(1)
  })

  it('keeps the focus in the row when the button that was pressed goes', async () => {
    const { shown } = table(event())
    const button = shown.get('[aria-label="Complete “Planning”"]')
    ;(button.element as HTMLElement).focus()
    const press = button.trigger('click')
    await shown.setProps({
      events: [event({ status: 'completed', completed_at: '2030-01-07T12:00:00Z' })],
    })
    await press
    await nextTick()
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Details of “Planning”')
    expect(shown.emitted('complete')).toHaveLength(1)
  })

  it('leads to the poll that an event came from', () => {
    const { shown } = table(event({ poll_id: 'p1' }))
    expect(shown.get('a').attributes('href')).toBe('/p/p1')
  })
})

const shownIn = (list: ReturnType<typeof eventList>) =>
  list.shown.value.map(({ id, version }) => `${id}${version}`)

describe('the list', () => {
  it('is newest first, and keeps of each event the higher version', () => {
    const list = eventList()
    list.beginRead()
    list.replace([event({ id: 'c' }), event({ id: 'b' })], '')
    list.hear(event({ id: 'b', version: 3 }), true)
    list.hear(event({ id: 'b', version: 2 }), true)
    list.hear(event({ id: 'd' }), true)
    expect(shownIn(list)).toEqual(['d1', 'c1', 'b3'])
  })

  it('does not lose what it heard while it was reading', () => {
    const list = eventList()
    list.replace([event({ id: 'b' })], '')
    list.beginRead()
    list.hear(event({ id: 'c' }), true)
    list.replace([event({ id: 'b' })], '')
    expect(shownIn(list)).toEqual(['c1', 'b1'])
  })

  it('lets go of what is no longer listed, but not of what was paged to', () => {
    const list = eventList()
    list.replace([event({ id: 'd' }), event({ id: 'c' })], 'c')
    list.append([event({ id: 'b' })], '')
    list.beginRead()
    list.replace([event({ id: 'd' })], 'c')
    expect(shownIn(list)).toEqual(['d1', 'b1'])
  })

  it('leaves out what is older than what is shown, and what was not asked for', () => {
    const list = eventList()
    list.replace([event({ id: 'm' })], 'm')
    list.hear(event({ id: 'a' }), true)
    list.hear(event({ id: 'z' }), false)
    expect(shownIn(list)).toEqual(['m1'])
  })

  it('outlines what is new for two seconds, and says how many were updated', async () => {
    const list = eventList()
    list.replace([event({ id: 'a' }), event({ id: 'b' })], '')
    expect(list.changed.value.size).toBe(0)
    list.hear(event({ id: 'a', version: 2 }), true)
    list.hear(event({ id: 'b', version: 2 }), true)
    expect([...list.changed.value]).toEqual(['a', 'b'])
    await vi.advanceTimersByTimeAsync(1000)
    expect(announcement.value.trim()).toBe('2 events updated')
    await vi.advanceTimersByTimeAsync(1000)
    expect(list.changed.value.size).toBe(0)
  })

  it('shows what is hoped for until the server has answered', () => {
    const list = eventList()
    list.replace([event()], '')
    list.hope(event({ status: 'completed' }))
    expect(list.shown.value[0]?.status).toBe('completed')
    list.endHope('b')
    expect(list.shown.value[0]?.status).toBe('pending')
  })
})
