"""Who comes to a poll, and how far it has come here: known once per request."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import (
    Caller,
    Credential,
    Operation,
    may_see_names,
    permit,
    permit_results,
)
from chassis.credentials import Shown
from chassis.problems import Problem
from chassis.sequences import min_sequence
from inbox.outcomes import Behind, NotYet, OwnerAway
from recommender.answers import Audience, Heads
from recommender.entries import Entry
from recommender.known_polls import Poll
from recommender.service import Service, service_of


@dataclass(frozen=True)
class Visit:
    poll: Poll
    heads: Heads
    caller: Caller

    @property
    def audience(self) -> Audience:
        if may_see_names(self.caller, self.poll.known.details.visibility.names):
            return Audience(everyone=True)
        oneself = self.caller.participant_id
        return Audience(everyone=False, oneself=str(oneself) if oneself else None)

    def permit_results(self) -> None:
        """Raises the problem `forbidden` where they are not shown to the caller, or not yet."""
        known = self.poll.known
        permit_results(self.caller, known.details.visibility.results, known.state)


async def visit(
    request: Request,
    poll_id: UUID,
    shown: Shown,
    least: Annotated[dict[str, int], Depends(min_sequence)],
) -> Visit:
    """Dependency of every route. Raises the problem `not_found` for those who may not look, and
    `forbidden` for the answer link of a poll that is for invited accounts."""
    entry = await _entry(service_of(request), poll_id, shown, least)
    caller = None if entry is None else entry.caller(shown)
    if entry is None or caller is None:
        raise Problem("not_found")
    permit(caller, Operation.SEE_POLL)
    request.state.entry, request.state.shown = entry, shown
    return Visit(entry.poll, entry.heads, caller)


async def _entry(
    service: Service, poll_id: UUID, shown: Credential, least: Mapping[str, int]
) -> Entry | None:
    entry = service.entries.at_hand(poll_id)
    if entry is not None and entry.has(least) and entry.knows(shown):
        return entry
    try:
        for label in ("polls", "schedules"):
            if label in least:
                await service.inbox.at_least(label, str(poll_id), least[label])
    except Behind as behind:
        await _hide_from_strangers(service, poll_id, shown, behind)
        raise
    entry = await service.entries.read(poll_id, shown.token_hash)
    if entry is None and await _is_known_to_its_owner(service, poll_id):
        entry = await service.entries.read(poll_id, shown.token_hash)
    return entry


async def _hide_from_strangers(
    service: Service, poll_id: UUID, shown: Credential, behind: Behind
) -> None:
    """How far a poll has come is told to those alone who may look at it."""
    entry = await service.entries.read(poll_id, shown.token_hash)
    if entry is not None and entry.caller(shown) is not None:
        return
    if isinstance(behind, NotYet):
        raise Problem("not_found")
    raise Behind("the facts asked for have not arrived yet")


async def _is_known_to_its_owner(service: Service, poll_id: UUID) -> bool:
    known = await service.inbox.ask("polls", str(poll_id))
    if known:
        # Schedules that nobody can be asked for come later: the poll is answered without them.
        with suppress(OwnerAway):
            await service.inbox.ask("schedules", str(poll_id))
    return known


Visitor = Annotated[Visit, Depends(visit)]
