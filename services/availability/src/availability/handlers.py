"""Carries out commands: gathers what the decider needs, stores what it decided."""

from collections.abc import Callable
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from pydantic import BaseModel

from availability import profiles
from availability.bodies import PROFILE_PARTS, ReviseBody
from availability.carrying_out import carry_out, nothing
from availability.decider import Erase, Joined, SetStanding, State, Submit, Withdraw
from availability.erasing import forget
from availability.schedule import normalise
from availability.schedule_bodies import Schedule
from availability.service import Service
from availability.visits import Visit
from chassis.conditional import etag
from contracts.schedules import FreeInterval
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome


async def revise(
    service: Service, visit: Visit, participant_id: UUID, body: ReviseBody
) -> Outcome[State] | None:
    """Change the profile or the standing; nobody may change both. None where no fact tells it."""
    given = body.model_dump(exclude_unset=True)
    changes = {part: given[part] for part in PROFILE_PARTS if part in given}
    standing = {part: given[part] for part in given if part not in PROFILE_PARTS}
    if changes:
        await profiles.revise(service.pool, participant_id, changes)
    if not standing:
        return None
    command = SetStanding(participant_id, visit.seen, visit.now, **standing)
    return await carry_out(service, visit, participant_id, command, nothing)


async def submit(
    service: Service,
    visit: Visit,
    participant_id: UUID,
    intervals: tuple[FreeInterval, ...],
    expected: int | None,
    *,
    shown: Callable[[Schedule], BaseModel] = lambda schedule: schedule,
    request: IdempotentRequest | None = None,
) -> Outcome[State]:
    """Replace the schedule whole; `expected` is the version of the one it replaces.

    `shown` is what is answered about the schedule as it is then.
    """
    command = Submit(participant_id, normalise(intervals), visit.seen, visit.now, expected)

    def answer(state: State, version: int) -> Answer:
        return _schedule(visit, participant_id, state, shown)

    return await carry_out(service, visit, participant_id, command, answer, request=request)


async def withdraw(service: Service, visit: Visit, participant_id: UUID) -> Outcome[State]:
    command = Withdraw(participant_id, visit.seen, visit.now)
    return await carry_out(service, visit, participant_id, command, nothing)


async def erase(service: Service, visit: Visit, participant_id: UUID) -> Outcome[State]:
    """The fact keeps the id; everything personal goes in the same transaction."""

    async def forget_them(conn: AsyncConnection[TupleRow]) -> None:
        await forget(conn, [participant_id])

    command = Erase(participant_id, visit.seen, visit.now)
    return await carry_out(service, visit, participant_id, command, nothing, within=forget_them)


def _schedule(
    visit: Visit, participant_id: UUID, state: State, shown: Callable[[Schedule], BaseModel]
) -> Answer:
    schedule = state.schedule if isinstance(state, Joined) else None
    now = Schedule(
        poll_id=visit.poll_id,
        participant_id=participant_id,
        answered=schedule is not None,
        intervals=schedule or (),
    )
    version = state.schedule_version if isinstance(state, Joined) else 0
    headers = {"ETag": etag(version)}
    return Answer(status=200, body=shown(now).model_dump_json().encode(), headers=headers)
