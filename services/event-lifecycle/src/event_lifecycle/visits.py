"""Who comes to an event, and what they find: asked once per request."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import Caller, Operation, may_look, permit, recognise
from chassis.problems import Problem
from chassis.sequences import min_sequence
from event_lifecycle.credentials import Credential, Shown
from event_lifecycle.decider import ScheduledEvent
from event_lifecycle.event_row import Row
from event_lifecycle.readings import read_event, read_poll
from event_lifecycle.service import Service, service_of
from inbox.outcomes import Behind

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
    caller = await _caller(service, row, shown, least)
    if row.poll_id is not None:
        row = await read_event(service.pool, event_id) or row
    if row.version < least.get(LABEL, 0):
        raise Problem("behind")
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


async def _caller(
    service: Service, row: Row, shown: Credential, least: Mapping[str, int]
) -> Caller | None:
    if row.poll_id is None:
        if not shown.direct:
            raise Problem("not_found")
        return None
    caller = await caught_up(service, row.poll_id, shown, least)
    if shown.admin:
        return None
    permit(caller, Operation.SEE_POLL)
    return caller


async def caught_up(
    service: Service, poll_id: UUID, shown: Credential, least: Mapping[str, int]
) -> Caller | None:
    """Who they are in a poll once it has come as far here as they ask for; the admin is nobody.

    How far it has come is told to those alone who may look at it. For others, who may have got a
    new link a moment ago, all is fetched whatever they ask for: so that neither the answer nor its
    time depends on that. Raises `Behind`, `OwnerAway`.
    """
    key, wanted = str(poll_id), [label for label in _POLL_LABELS if label in least]
    caller = await _recognised(service, poll_id, shown)
    if may_look(caller) and not wanted:
        return caller
    if not (shown.admin or may_look(caller)):
        await service.inbox.ask("polls", key)
        try:
            for label in wanted:
                await service.inbox.all_of(label, key)
        except Behind:
            raise Behind("the facts asked for have not arrived yet") from None
        caller = await _recognised(service, poll_id, shown)
    if not (shown.admin or may_look(caller)):
        return caller
    await service.inbox.ask("polls", key)
    for label in wanted:
        await service.inbox.at_least(label, key, least[label])
    return await _recognised(service, poll_id, shown)


async def _recognised(service: Service, poll_id: UUID, shown: Credential) -> Caller | None:
    known = await read_poll(service.pool, poll_id, shown.token_hash)
    return None if known is None else recognise(shown.shown, *known)


Visitor = Annotated[Visit, Depends(visit)]
