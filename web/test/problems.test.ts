import { beforeAll, describe, expect, it, vi } from 'vitest'

import { answerOf } from '@/api/client'
import { ApiProblem, problemOf, problemWithoutAnswer } from '@/api/problems'
import { firstWords } from '@/shared/i18n'

beforeAll(firstWords)

const answer = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, statusText: 'A status', headers })

describe('a problem document', () => {
  it('keeps its status, code, detail and what is wrong where', () => {
    const errors = [{ pointer: '/title', code: 'missing', detail: 'is needed' }]
    const body = { status: 422, code: 'invalid', detail: 'Look at errors.', errors }
    const problem = problemOf(answer(422), body)
    expect(problem).toMatchObject({ status: 422, code: 'invalid', errors })
    expect(problem.message).toBe('Look at errors.')
  })

  it('says after how many seconds to ask again', () => {
    expect(problemOf(answer(429, { 'Retry-After': '7' }), {}).retryAfterS).toBe(7)
  })

  it('says nothing of it where the server said nothing, or nothing of use', () => {
    expect(problemOf(answer(503), {}).retryAfterS).toBeNull()
    expect(problemOf(answer(503, { 'Retry-After': 'soon' }), {}).retryAfterS).toBeNull()
  })

  it.each([401, 403, 404, 410])('with status %i is final', (status) => {
    expect(problemOf(answer(status), {}).isFinal()).toBe(true)
  })

  it.each([412, 429, 500, 503])('with status %i may pass', (status) => {
    expect(problemOf(answer(status), {}).isFinal()).toBe(false)
  })

  it.each([403, 404, 412, 413, 422, 429, 502, 503, 504])(
    'with status %i is told in words of ours, not in the server’s',
    (status) => {
      const words = problemOf(answer(status), { detail: 'for programs' }).words()
      expect(words).not.toContain('for programs')
      expect(words).toMatch(/^[A-Z].+\.$/)
    },
  )

  it('that has no words of ours is told with its detail', () => {
    expect(problemOf(answer(500), { detail: 'Out of ink.' }).words()).toContain('Out of ink.')
  })
})

describe('what is no problem document', () => {
  it.each([undefined, null, '<html>Bad gateway</html>', 7])('%j still is a problem', (body) => {
    const problem = problemOf(answer(502), body)
    expect(problem).toMatchObject({ status: 502, code: 'unexpected', errors: [] })
    expect(problem.message).toBe('A status')
  })
})

describe('no answer', () => {
  it('is the device’s fault where it has no network', () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    expect(problemWithoutAnswer()).toMatchObject({ status: 0, code: 'offline' })
    expect(problemWithoutAnswer().words()).toContain('offline')
  })

  it('is the server’s where there is one', () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
    expect(problemWithoutAnswer().code).toBe('unreachable')
  })
})

describe('a call', () => {
  it('that nobody answers throws a problem', async () => {
    await expect(answerOf(Promise.reject(new TypeError('fetch')))).rejects.toBeInstanceOf(
      ApiProblem,
    )
  })

  it('that was given up stays what it is', async () => {
    const given = new DOMException('given up', 'AbortError')
    await expect(answerOf(Promise.reject(given))).rejects.toBe(given)
  })

  it('that is answered gives the data', async () => {
    const response = answer(200)
    await expect(answerOf(Promise.resolve({ data: 5, response }))).resolves.toBe(5)
  })

  it('with an error status throws also where the body is empty', async () => {
    const response = answer(404)
    await expect(answerOf(Promise.resolve({ response }))).rejects.toMatchObject({ status: 404 })
  })
})
