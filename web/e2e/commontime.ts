/** What every test begins with: `test` with a driver of the API, whose verbs prepare polls. */
import { test as base, type APIRequestContext } from '@playwright/test'

export { expect } from '@playwright/test'

export interface OpenedPoll {
  id: string
  title: string
  slots: { start: string; end: string }[]
  capabilities: { organiser: string; answer: string }
  /** Paths with the capability in the fragment. */
  links: { organiser: string; answer: string }
}

export interface Person {
  id: string
  pollId: string
  name: string
  edit: string
  /** Path with the edit capability in the fragment, as the API gives it. */
  link: string
}

export interface Interval {
  start: string
  end: string
  preference?: 'available' | 'if_needed' | 'preferred'
}

/** Two days of a week far ahead, nine to five in Berlin, unless told otherwise. */
const PROPOSAL = {
  title: 'Planning',
  timezone: 'Europe/Berlin',
  duration: 'PT1H',
  step: 'PT30M',
  window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-09T00:00:00+01:00' },
  daily_hours: { start: '09:00', end: '17:00' },
}

export class Commontime {
  constructor(private readonly request: APIRequestContext) {}

  async opensPoll(proposal: Record<string, unknown> = {}): Promise<OpenedPoll> {
    const poll = (await this.call('POST', '/polls', {
      data: { ...PROPOSAL, ...proposal },
    })) as OpenedPoll
    const link = (token: string) => `/p/${poll.id}#${token}`
    const { organiser, answer } = poll.capabilities
    return { ...poll, links: { organiser: link(organiser), answer: link(answer) } }
  }

  async joins(poll: OpenedPoll, name: string): Promise<Person> {
    const path = `/polls/${poll.id}/participants`
    const joined = (await this.call('POST', path, {
      token: poll.capabilities.answer,
      data: { name },
    })) as { id: string; capabilities: { edit: string }; links: { edit: string } }
    const { pathname, hash } = new URL(joined.links.edit)
    const link = `${pathname}${hash}`
    return { id: joined.id, pollId: poll.id, name, edit: joined.capabilities.edit, link }
  }

  async answers(person: Person, intervals: Interval[]): Promise<void> {
    await this.call('PUT', `/polls/${person.pollId}/participants/${person.id}/schedule`, {
      token: person.edit,
      data: { intervals },
    })
  }

  /** Join and answer at once. */
  async hasFree(poll: OpenedPoll, name: string, intervals: Interval[]): Promise<Person> {
    const person = await this.joins(poll, name)
    await this.answers(person, intervals)
    return person
  }

  /** One request; the answer's JSON. A refusal fails the test with its words. */
  async call(
    method: string,
    path: string,
    options: { token?: string; data?: unknown; headers?: Record<string, string> } = {},
  ): Promise<unknown> {
    const response = await this.request.fetch(`/api/v1${path}`, {
      method,
      ...(options.data === undefined ? {} : { data: options.data }),
      headers: {
        ...(options.token && { Authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
    })
    if (!response.ok())
      throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`)
    const text = await response.text()
    return text ? JSON.parse(text) : null
  }
}

export const test = base.extend<{ commontime: Commontime }>({
  commontime: async ({ request }, use) => {
    await use(new Commontime(request))
  },
})
