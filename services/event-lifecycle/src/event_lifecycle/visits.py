"""Who comes to an event, and what they find: asked once per request."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import Caller, Operation, permit, recognise
from chassis.problems import Problem
from chassis.sequences import min_sequence
from contracts.known_poll import KnownPoll
from event_lifecycle.credentials import Credential, Shown
from event_lifecycle.decider import ScheduledEvent
from event_lifecycle.event_row import Row
from event_lifecycle.readings import read_event, read_poll
from event_lifecycle.service import Service, service_of

LABEL = "events"
_POLL_LABELS = ("polls", "schedules")
_PATIENCE_S = 0.3
_LOOK_AGAIN_S = 0.02

Least = Annotated[dict[str, int], Depends(min_sequence)]


@dataclass(frozen=True)
class Visit:
    """`caller` is who they are in the event's poll; None for the admin and for direct events."""

    event: ScheduledEvent
    version: int
    sequences: dict[str, int]
    caller: Caller | None

    def permit(self, operation: Operation) -> None:
        """Raises the problem `forbidden` where the caller may not."""
        if self.caller is not None:
            permit(self.caller, operation)


async def visit(request: Request, event_id: UUID, shown: Shown, least: Least) -> Visit:
    """Dependency of the routes of one event. Raises the problem `not_found` for the rest."""
    service = service_of(request)
    row = await _found(service, event_id, least)
    if row.poll_id is not None:
        for label in _POLL_LABELS:
            if label in least:
                await service.inbox.at_least(label, str(row.poll_id), least[label])
        row = await read_event(service.pool, event_id) or row
    if row.version < least.get(LABEL, 0):
        raise Problem("behind")
    caller = await _caller(service, row, shown)
    sequences = {LABEL: row.version}
    if row.poll_id is not None:
        sequences["polls"] = await service.inbox.seen("polls", str(row.poll_id))
    return Visit(row.event, row.version, sequences, caller)


async def _found(service: Service, event_id: UUID, least: dict[str, int]) -> Row:
    """The event; one that its poll's sequence promises is waited for.

    Its owner cannot be asked: the id does not tell whose poll it came from.
    """
    deadline = monotonic() + _PATIENCE_S
    while (row := await read_event(service.pool, event_id)) is None:
        if "polls" not in least:
            raise Problem("not_found")
        if monotonic() > deadline:
            raise Problem("behind")
        await asyncio.sleep(_LOOK_AGAIN_S)
    return row


async def _caller(service: Service, row: Row, shown: Credential) -> Caller | None:
    if shown.admin:
        return None
    if row.poll_id is None:
        if not shown.direct:
            raise Problem("not_found")
        return None
    known = await read_poll(service.pool, row.poll_id, shown.token_hash)
    if known is None:
        raise Problem("not_found")
    caller = recognised(shown, known)
    permit(caller, Operation.SEE_POLL)
    return caller


def recognised(shown: Credential, known: tuple[KnownPoll, UUID | None]) -> Caller | None:
    """Who the credential makes them in a poll, as `read_poll` found it for this credential."""
    poll, participant_id = known
    return recognise(shown.shown, poll, participant_id)


Visitor = Annotated[Visit, Depends(visit)]
