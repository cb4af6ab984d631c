import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'

import { ApiProblem } from '@/api/problems'
import { queryClient, useQuery, type QueryOptions } from '@/api/queries'

/** What the server would answer next; each request waits until it is told to. */
interface Asked {
  signal: AbortSignal
  answer: (data: unknown) => Promise<void>
  fail: (problem: Error) => Promise<void>
}

const scopes: EffectScope[] = []
let asked: Asked[] = []
let poll = 0

async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0)
}
const nth = (index: number) => asked[index] as Asked
const problem = (status: number, retryAfterS: number | null = null, code = 'unexpected') =>
  new ApiProblem({ status, code, detail: '', retryAfterS })

const queryFn = ({ signal }: { signal: AbortSignal }) =>
  new Promise<unknown>((resolve, reject) => {
    asked.push({
      signal,
      answer: (data) => (resolve(data), settled()),
      fail: (why) => (reject(why), settled()),
    })
  })

/** Something on the page that shows what the key names. */
function show(options: Partial<QueryOptions<unknown>> = {}) {
  const scope = effectScope()
  scopes.push(scope)
  const query = scope.run(() => useQuery({ queryKey: ['poll', poll], queryFn, ...options }))
  if (!query) throw new Error('the scope is over')
  return { ...query, leave: () => scope.stop() }
}

const isOurs = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[1] === poll

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  poll += 1
})
afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop()
  vi.useRealTimers()
})

describe('what is read', () => {
  it('is asked for once, however many show it', async () => {
    const [one, other] = [show(), show()]
    expect(asked).toHaveLength(1)
    await nth(0).answer('read')
    expect([one.data.value, other.data.value]).toEqual(['read', 'read'])
  })

  it('is shown at once to who comes soon after, and asked for again later', async () => {
    show()
    await nth(0).answer('read')
    vi.advanceTimersByTime(4_999)
    expect(show().data.value).toBe('read')
    expect(asked).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(show().data.value).toBe('read')
    expect(asked).toHaveLength(2)
  })

  it('stays the very same while the server says the same', async () => {
    const { data, refetch } = show()
    await nth(0).answer({ slots: [{ start: 1 }], title: null })
    const before = data.value
    void refetch()
    await nth(1).answer({ slots: [{ start: 1 }], title: null })
    expect(data.value).toBe(before)
    void refetch()
    await nth(2).answer({ slots: [{ start: 2 }], title: null })
    expect(data.value).toEqual({ slots: [{ start: 2 }], title: null })
  })

  it('is forgotten some minutes after nobody shows it', async () => {
    const { leave } = show()
    await nth(0).answer('read')
    leave()
    vi.advanceTimersByTime(299_999)
    expect(queryClient.getQueryData(['poll', poll])).toBe('read')
    vi.advanceTimersByTime(1)
    expect(queryClient.getQueryData(['poll', poll])).toBeUndefined()
  })

  it('waits until it is wanted', async () => {
    const enabled = ref(false)
    show({ enabled })
    expect(asked).toHaveLength(0)
    enabled.value = true
    await nextTick()
    expect(asked).toHaveLength(1)
  })

  it('is asked for again and again where that is wished, but not unseen', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(false)
    show({ refetchInterval: () => 5_000 })
    await nth(0).answer('read')
    vi.advanceTimersByTime(5_000)
    expect(asked).toHaveLength(2)
    await nth(1).answer('read')
    hidden.mockReturnValue(true)
    vi.advanceTimersByTime(60_000)
    expect(asked).toHaveLength(2)
  })
})

describe('under another key', () => {
  it('what was on its way for the one before is not awaited', async () => {
    const person = ref('ada')
    const { data } = show({ queryKey: () => ['poll', poll, person] })
    person.value = 'bo'
    await nextTick()
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await nth(1).answer("Bo's")
    await nth(0).answer("Ada's")
    expect(data.value).toBe("Bo's")
  })

  it('nothing is shown meanwhile, or the one before where that is wished', async () => {
    const person = ref('ada')
    const queryKey = () => ['poll', poll, person]
    const [plain, kept] = [show({ queryKey }), show({ queryKey, keepPrevious: true })]
    await nth(0).answer("Ada's")
    expect([plain.data.value, kept.data.value]).toEqual(["Ada's", "Ada's"])
    person.value = 'bo'
    await nextTick()
    expect([plain.data.value, kept.data.value]).toEqual([undefined, "Ada's"])
    await nth(1).answer("Bo's")
    expect([plain.data.value, kept.data.value]).toEqual(["Bo's", "Bo's"])
  })
})

describe('a failure', () => {
  it('that may pass is met by asking twice more, more slowly', async () => {
    const { error, isFetching } = show()
    await nth(0).fail(problem(503))
    await vi.advanceTimersByTimeAsync(1_000)
    await nth(1).fail(problem(0))
    await vi.advanceTimersByTimeAsync(1_999)
    expect(asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect([error.value, isFetching.value]).toEqual([null, true])
    await nth(2).fail(problem(503))
    expect(error.value).toMatchObject({ status: 503 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(3)
  })

  it('is met when the server said it should be', async () => {
    show()
    await nth(0).fail(problem(503, 7))
    await vi.advanceTimersByTimeAsync(6_999)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(2)
  })

  it.each([problem(404), problem(429, 3), problem(0, null, 'offline'), new TypeError('a bug')])(
    'that stays is told at once: %s',
    async (why) => {
      const { error } = show()
      await nth(0).fail(why)
      expect(error.value).toBe(why)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(asked).toHaveLength(1)
    },
  )

  it('is over with the next answer, and what was read before stays until then', async () => {
    const { data, error, refetch } = show()
    await nth(0).answer('read')
    void refetch()
    await nth(1).fail(problem(404))
    expect([data.value, error.value]).toEqual(['read', problem(404)])
    void refetch()
    await nth(2).answer('read again')
    expect([data.value, error.value]).toEqual(['read again', null])
  })
})

describe('what has become old', () => {
  it('is read anew where it is shown, elsewhere when it is shown again', async () => {
    const others = show({ queryKey: ['other', poll], staleTime: Infinity })
    show({ staleTime: Infinity })
    await nth(0).answer('other')
    await nth(1).answer('read')
    others.leave()
    const all = queryClient.invalidateQueries(isOurs)
    expect(asked).toHaveLength(3)
    await nth(2).answer('read anew')
    await all
    expect(show({ queryKey: ['other', poll], staleTime: Infinity }).data.value).toBe('other')
    expect(asked).toHaveLength(4)
  })

  it('is not what was on its way when that was said', async () => {
    const { data, refetch } = show()
    await nth(0).answer('read')
    void refetch()
    void queryClient.invalidateQueries(isOurs)
    expect(nth(1).signal.aborted).toBe(true)
    await nth(2).answer('new')
    await nth(1).answer('old')
    expect(data.value).toBe('new')
  })

  it('is read anew by who asks for all, and they are told what failed', async () => {
    show()
    show({ queryKey: ['other', poll], enabled: false })
    await nth(0).answer('read')
    const failing = queryClient.refetchQueries(isOurs)
    const told = expect(failing).rejects.toMatchObject({ status: 404 })
    await nth(1).fail(problem(404))
    await told
    const succeeding = queryClient.refetchQueries(isOurs)
    await nth(2).answer('read')
    await expect(succeeding).resolves.toBeUndefined()
    expect(asked).toHaveLength(3)
  })

  it('gives way to what is known better', async () => {
    const { data, isFetching } = show()
    queryClient.setQueryData(['poll', poll], 'written')
    expect(nth(0).signal.aborted).toBe(true)
    expect([data.value, isFetching.value]).toEqual(['written', false])
    await nth(0).answer('older')
    expect(data.value).toBe('written')
  })
})

describe('who leaves', () => {
  it('has nothing fetched any more, unless somebody else shows it', async () => {
    const [one, other] = [show(), show()]
    one.leave()
    expect(nth(0).signal.aborted).toBe(false)
    other.leave()
    expect(nth(0).signal.aborted).toBe(true)
  })

  it('is not asked for after a pause between two attempts', async () => {
    const { leave } = show()
    await nth(0).fail(problem(503))
    leave()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(1)
  })
})

describe('who comes back', () => {
  it.each([
    ['to the page', () => document.dispatchEvent(new Event('visibilitychange'))],
    ['to the network', () => window.dispatchEvent(new Event('online'))],
  ])('%s sees what is new, if what they saw is old', async (_where, come) => {
    show()
    await nth(0).answer('read')
    vi.advanceTimersByTime(4_999)
    come()
    expect(asked).toHaveLength(1)
    vi.advanceTimersByTime(1)
    come()
    expect(asked).toHaveLength(2)
  })

  it('to the network sees what could not be read without', async () => {
    const { data, error } = show()
    await nth(0).fail(problem(0, null, 'offline'))
    window.dispatchEvent(new Event('online'))
    await nth(1).answer('read')
    expect([data.value, error.value]).toEqual(['read', null])
  })
})
