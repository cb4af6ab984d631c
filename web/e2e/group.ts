/** A believable group: seven people, two days, one hour that suits six of them. */
import type { Commontime, Interval, OpenedPoll, Person } from './commontime'

type Preference = NonNullable<Interval['preference']>
type Free = [day: number, from: string, to: string, preference?: Preference]

const PEOPLE: Record<string, Free[]> = {
  Ann: [
    [7, '09:00', '12:30'],
    [8, '13:00', '17:00'],
    [9, '09:00', '13:00', 'preferred'],
  ],
  Boris: [
    [7, '10:00', '14:00'],
    [8, '09:00', '15:00', 'if_needed'],
    [9, '10:00', '12:00'],
  ],
  Chloé: [
    [7, '10:30', '13:00', 'preferred'],
    [9, '09:30', '16:00'],
    [10, '11:00', '17:00'],
  ],
  Дина: [
    [8, '09:00', '13:00'],
    [9, '10:00', '15:00'],
    [11, '09:00', '12:00'],
  ],
  Elif: [
    [7, '09:00', '17:00'],
    [9, '10:00', '11:30', 'if_needed'],
    [10, '09:00', '13:00'],
  ],
  慧珍: [
    [8, '10:00', '12:00'],
    [9, '09:00', '17:00'],
    [11, '10:00', '16:00'],
  ],
  Goran: [
    [7, '11:00', '15:00'],
    [10, '12:00', '15:00'],
    [11, '09:00', '11:00', 'if_needed'],
  ],
}

export interface PollOfSeven extends OpenedPoll {
  people: Person[]
}

export async function opensPollOfSeven(
  commontime: Commontime,
  proposal: Record<string, unknown> = {},
): Promise<PollOfSeven> {
  const poll = await commontime.opensPoll({
    title: 'Planning the spring release',
    description: 'Who leads what, and by when.',
    window: { start: '2030-01-07T00:00:00+01:00', end: '2030-01-12T00:00:00+01:00' },
    ...proposal,
  })
  const people = await Promise.all(
    Object.entries(PEOPLE).map(async ([name, free]) => {
      const person = await commontime.joins(poll, name)
      // A poll may have fewer days than they have plans.
      await commontime.call(
        'PUT',
        `/polls/${poll.id}/participants/${person.id}/schedule?clip=true`,
        {
          token: person.edit,
          data: { intervals: free.map(intervalOf) },
        },
      )
      return person
    }),
  )
  return { ...poll, people }
}

function intervalOf([day, from, to, preference]: Free): Interval {
  const at = (time: string) => `2030-01-${String(day).padStart(2, '0')}T${time}:00+01:00`
  return { start: at(from), end: at(to), preference: preference ?? 'available' }
}
