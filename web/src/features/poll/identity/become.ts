/** Which of a poll's people this browser answers as. */
import { visit, visited, type Identity } from '@/api/visited'

/** An edit capability and whose it is; the name comes with the list of people. */
export interface Somebody {
  edit: string
  participantId: string
  name?: string | undefined
}

/** Answer as `somebody` from now on, as nobody for null. Who it was is kept to come back to. */
export function become(pollId: string, somebody: Somebody | null): void {
  const { edit, participantId, name, others = [] } = visited(pollId) ?? {}
  const before = edit && participantId ? [{ edit, participantId, name: name ?? '' }] : []
  const isNow = ({ participantId: id }: Identity) => id === somebody?.participantId
  visit(pollId, {
    edit: somebody?.edit,
    participantId: somebody?.participantId,
    name: somebody?.name,
    others: [...before, ...others.filter(({ participantId: id }) => id !== participantId)].filter(
      (other) => !isNow(other),
    ),
  })
}

/** Nobody answers as `participantId` from here any more. */
export function dropIdentity(pollId: string, participantId: string): void {
  const held = visited(pollId)
  const others = held?.others?.filter((other) => other.participantId !== participantId)
  const isNow = held?.participantId === participantId
  visit(pollId, {
    others,
    ...(isNow ? { edit: undefined, participantId: undefined, name: undefined } : {}),
  })
}
