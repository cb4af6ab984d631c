"""Who comes to a poll, how the poll is, and what time it is: asked once per request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import Caller, Credential, Operation, permit, recognise
from chassis.credentials import Shown
from chassis.named_sql import load
from chassis.problems import Problem
from chassis.sequences import min_sequence
from inbox.outcomes import Behind
from poll_api.decider import Poll
from poll_api.projections import DOCUMENT
from poll_api.service import Service, service_of

LABEL = "polls"
SCHEDULES = "schedules"
_SQL = load("poll_api")


@dataclass(frozen=True)
class Visit:
    """`now` is the database's clock, the one that fires deadlines."""

    poll: Poll
    caller: Caller
    now: datetime


async def visit(
    request: Request,
    poll_id: UUID,
    shown: Shown,
    least: Annotated[dict[str, int], Depends(min_sequence)],
) -> Visit:
    """Dependency: anyone who may see the poll; `not_found` for everybody else."""
    service, key = service_of(request), str(poll_id)
    if SCHEDULES in least:
        await service.inbox.at_least(SCHEDULES, key, least[SCHEDULES])
    found = await _look(service, poll_id, shown)
    if found is not None and found.caller is None and shown.kind == "edit":
        # Perhaps that of the poll's first participant, and Kafka is slow.
        await service.inbox.ask(SCHEDULES, key)
        found = await _look(service, poll_id, shown)
    if found is None or found.caller is None:
        raise Problem("not_found")
    if found.poll.version < least.get(LABEL, 0):
        raise Behind(f"{LABEL} has only got to {found.poll.version}")
    return Visit(found.poll, found.caller, found.now)


async def managing_visit(visit: "Visitor") -> Visit:
    """Dependency: those who may change the poll."""
    permit(visit.caller, Operation.MANAGE_POLL)
    return visit


async def history_visit(visit: "Visitor") -> Visit:
    """Dependency: those who may read what happened to the poll."""
    permit(visit.caller, Operation.SEE_HISTORY)
    return visit


Visitor = Annotated[Visit, Depends(visit)]
Manager = Annotated[Visit, Depends(managing_visit)]
Historian = Annotated[Visit, Depends(history_visit)]


@dataclass(frozen=True)
class _Found:
    poll: Poll
    caller: Caller | None
    now: datetime


async def _look(service: Service, poll_id: UUID, shown: Credential) -> _Found | None:
    parameters = {"poll_id": poll_id, "edit_hash": shown.token_hash}
    async with service.pool.connection() as connection:
        cursor = await connection.execute(_SQL["find_poll"], parameters, prepare=True)
        row = await cursor.fetchone()
    if row is None:
        return None
    document, participant_id, now = row
    poll = DOCUMENT.validate_json(document)
    return _Found(poll, recognise(shown, poll, participant_id), now)
