"""Carries out commands: gathers what the decider needs, stores what it decided."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from availability import decider, profiles
from availability.bodies import (
    PROFILE_PARTS,
    EditCapability,
    JoinBody,
    JoinedParticipant,
    ReviseBody,
    Schedule,
)
from availability.decider import (
    Command,
    Erase,
    Join,
    Joined,
    SetStanding,
    State,
    Submit,
    Withdraw,
)
from availability.schedule import normalise
from availability.service import Service
from availability.visits import Visit
from chassis.access import hash_of, mint
from chassis.conditional import etag
from chassis.identifiers import uuid7
from chassis.named_sql import load
from chassis.problems import Problem
from chassis.tracing import current_traceparent
from contracts.schedules import FreeInterval, ParticipantProfile
from eventstore.batch import Within
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome, transact

_SQL = load("availability")
_NOTHING = Answer(status=204, body=b"", headers={})


async def join(
    service: Service, visit: Visit, body: JoinBody, request: IdempotentRequest | None
) -> Outcome[State]:
    """A new participant, whoever else has the same name; the edit capability is shown this once.

    Raises the problem `poll_full`.
    """
    participant_id, token = uuid7(), mint("edit")
    profile = ParticipantProfile(
        version=1,
        poll_id=visit.poll_id,
        participant_id=participant_id,
        **body.model_dump(include=set(PROFILE_PARTS)),
    )

    async def keep_profile(conn: AsyncConnection[TupleRow]) -> None:
        # The poll's key is locked here, so nobody else is counting; this one is not in yet.
        cursor = await conn.execute(_SQL["count_participants"], {"poll": visit.poll_id})
        row = await cursor.fetchone()
        if row is not None and row[0] >= service.settings.max_participants:
            raise Problem("poll_full")
        await profiles.insert(conn, profile)

    def answer(state: State, version: int) -> Answer:
        link = f"{service.settings.public_url}/p/{visit.poll_id}#{token}"
        shown = JoinedParticipant(
            id=participant_id,
            poll_id=visit.poll_id,
            **body.model_dump(include=set(PROFILE_PARTS)),
            role="optional",
            weight=1,
            groups=(),
            answered=False,
            joined_at=visit.now,
            capabilities=EditCapability(edit=token),
            links=EditCapability(edit=link),
        )
        path = f"/api/v1/polls/{visit.poll_id}/participants/{participant_id}"
        return Answer(
            status=201,
            body=shown.model_dump_json().encode(),
            headers={"ETag": etag(version + profile.version), "Location": path},
        )

    command = Join(participant_id, hash_of(token), visit.seen, visit.now)
    return await _transact(
        service, visit, participant_id, command, answer, request=request, within=keep_profile
    )


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
    return await _transact(service, visit, participant_id, command, _nothing)


async def submit(
    service: Service,
    visit: Visit,
    participant_id: UUID,
    intervals: tuple[FreeInterval, ...],
    expected: int | None,
) -> Outcome[State]:
    """Replace the schedule whole; `expected` is the version of the one it replaces."""
    command = Submit(participant_id, normalise(intervals), visit.seen, visit.now, expected)

    def answer(state: State, version: int) -> Answer:
        return _schedule(visit, participant_id, state)

    return await _transact(service, visit, participant_id, command, answer)


async def withdraw(service: Service, visit: Visit, participant_id: UUID) -> Outcome[State]:
    command = Withdraw(participant_id, visit.seen, visit.now)
    return await _transact(service, visit, participant_id, command, _nothing)


async def erase(service: Service, visit: Visit, participant_id: UUID) -> Outcome[State]:
    """The fact keeps the id; everything personal goes in the same transaction."""

    async def forget(conn: AsyncConnection[TupleRow]) -> None:
        await profiles.erase(conn, participant_id, _stream(participant_id))

    command = Erase(participant_id, visit.seen, visit.now)
    return await _transact(service, visit, participant_id, command, _nothing, within=forget)


async def _transact(
    service: Service,
    visit: Visit,
    participant_id: UUID,
    command: Command,
    answer: Callable[[State, int], Answer],
    *,
    request: IdempotentRequest | None = None,
    within: Within | None = None,
) -> Outcome[State]:
    return await transact(
        service.store,
        decider,
        _stream(participant_id),
        command,
        key=str(visit.poll_id),
        answer=answer,
        request=request,
        metadata=_metadata(visit),
        within=within,
    )


def _stream(participant_id: UUID) -> str:
    return f"schedule-{participant_id}"


def _metadata(visit: Visit) -> dict[str, Any]:
    return {"actor": visit.caller.role.value, "traceparent": current_traceparent()}


def _schedule(visit: Visit, participant_id: UUID, state: State) -> Answer:
    schedule = state.schedule if isinstance(state, Joined) else None
    shown = Schedule(
        poll_id=visit.poll_id,
        participant_id=participant_id,
        answered=schedule is not None,
        intervals=schedule or (),
    )
    version = state.schedule_version if isinstance(state, Joined) else 0
    headers = {"ETag": etag(version)}
    return Answer(status=200, body=shown.model_dump_json().encode(), headers=headers)


def _nothing(state: State, version: int) -> Answer:
    return _NOTHING
