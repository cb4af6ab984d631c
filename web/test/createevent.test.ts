import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import CreateEvent from '@/features/events/CreateEvent.vue'
import { forgetAdmin } from '@/features/events/adminToken'

import { words } from './words'

const ADMIN = 'the admin token'

/** A server whose board is for people with an account, and for the admin. */
const board = vi.fn(async (request: Request) => {
  if (request.headers.get('Authorization') === `Bearer ${ADMIN}`) {
    const isReading = request.method === 'GET'
    const created = { id: 'e1', title: 'Planning' }
    return Response.json(isReading ? { items: [], next: null } : created, {
      status: isReading ? 200 : 201,
    })
  }
  const problem = { code: 'unauthenticated', detail: 'This needs an account.' }
  return Response.json(problem, { status: 401 })
})

beforeEach(async () => {
  vi.stubGlobal('fetch', board)
  await words('events')
})
afterEach(() => {
  forgetAdmin()
  vi.unstubAllGlobals()
})
enableAutoUnmount(afterEach)

describe('a board that is not for everybody', () => {
  it('says whom it is for, and lets the admin add what was entered', async () => {
    const shown = mount(CreateEvent, { props: { zone: 'Europe/Berlin' } })
    const title = shown.get('input')
    await title.setValue('Planning')
    await shown.get('form').trigger('submit')
    await vi.waitFor(() => expect(shown.get('[role=alert]').text()).toContain('with an account'))
    expect((title.element as HTMLInputElement).value).toBe('Planning')

    await vi.waitFor(() => shown.get('input[type=password]'))
    await shown.get('input[type=password]').setValue('a guess')
    await shown.findAll('form').at(-1)?.trigger('submit')
    await vi.waitFor(() => expect(shown.text()).toContain('not the admin token'))
    await shown.get('input[type=password]').setValue(ADMIN)
    await shown.findAll('form').at(-1)?.trigger('submit')
    await vi.waitFor(() => expect(shown.find('input[type=password]').exists()).toBe(false))

    await shown.get('form').trigger('submit')
    await vi.waitFor(() => expect(shown.emitted('created')).toHaveLength(1))
    await flushPromises()
    expect((title.element as HTMLInputElement).value).toBe('')
  })

  it('repeats a request with the key it had, so that nothing is added twice', async () => {
    const keys: (string | null)[] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      keys.push(request.headers.get('Idempotency-Key'))
      throw new TypeError('the answer was lost')
    })
    const shown = mount(CreateEvent, { props: { zone: 'Europe/Berlin' } })
    await shown.get('input').setValue('Planning')
    for (const attempt of [1, 2]) {
      await shown.get('form').trigger('submit')
      await vi.waitFor(() => expect(keys).toHaveLength(attempt))
      await flushPromises()
    }
    expect(keys[0]).toBeTruthy()
    expect(keys[1]).toBe(keys[0])
    await shown.get('input').setValue('Another')
    await shown.get('form').trigger('submit')
    await vi.waitFor(() => expect(keys).toHaveLength(3))
    expect(keys[2]).not.toBe(keys[0])
  })
})
