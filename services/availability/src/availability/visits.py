"""Who comes to a poll, what is known of it here, and what time it is: asked once per request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from availability.decider import PollSeen
from availability.service import Service, service_of
from chassis.access import (
    Caller,
    Credential,
    Operation,
    Role,
    may_look,
    may_see_names,
    permit,
    permit_results,
    recognise,
)
from chassis.credentials import Shown
from chassis.named_sql import load
from chassis.problems import Problem
from chassis.sequences import min_sequence
from contracts.known_poll import KnownPoll
from inbox.outcomes import Behind

_SQL = load("availability")


@dataclass(frozen=True)
class Visit:
    """`now` is the database's clock: the only one that decides about deadlines."""

    seen: PollSeen
    caller: Caller
    now: datetime

    @property
    def poll_id(self) -> UUID:
        return self.seen.poll.poll_id

    def permit(self, operation: Operation, participant_id: UUID | None = None) -> None:
        """Raises the problem `forbidden` where the caller may not."""
        permit(self.caller, operation, participant_id=participant_id)

    def sees_name_of(self, participant_id: UUID) -> bool:
        visibility = self.seen.poll.details.visibility
        return self._is(participant_id) or may_see_names(self.caller, visibility.names)

    def sees_private_parts_of(self, participant_id: UUID) -> bool:
        return self._is(participant_id) or self.caller.role is Role.ORGANISER

    def permit_schedule_of(self, participant_id: UUID) -> None:
        """One's own is always shown; raises `forbidden` for another's that is not."""
        if not self._is(participant_id):
            self.permit_results()

    def permit_results(self) -> None:
        """Raises the problem `forbidden` where they are not shown to the caller, or not yet."""
        poll = self.seen.poll
        permit_results(self.caller, poll.details.visibility.results, poll.state)

    def _is(self, participant_id: UUID) -> bool:
        return self.caller.participant_id == participant_id


async def visit(
    request: Request,
    poll_id: UUID,
    shown: Shown,
    least: Annotated[dict[str, int], Depends(min_sequence)],
) -> Visit:
    """Dependency of every route. Raises the problem `not_found` for those who may not look."""
    service = service_of(request)
    found = await _look(service, poll_id, shown)
    if found is None and await service.inbox.ask("polls", str(poll_id)):
        found = await _look(service, poll_id, shown)
    if found is not None and "polls" in least:
        found = await _caught_up(service, poll_id, shown, found, least["polls"])
    if found is None or found.caller is None:
        raise Problem("not_found")
    return Visit(found.seen, found.caller, found.now)


@dataclass(frozen=True)
class _Found:
    seen: PollSeen
    caller: Caller | None
    now: datetime


async def _caught_up(
    service: Service, poll_id: UUID, shown: Credential, found: _Found, least: int
) -> _Found | None:
    """How far a poll has come is told to those alone who may look at it.

    For others, who may have got a new link a moment ago, all is fetched whatever they ask for: so
    that neither the answer nor its time depends on that.
    """
    if not may_look(found.caller):
        try:
            await service.inbox.all_of("polls", str(poll_id))
        except Behind:
            raise Behind("the facts asked for have not arrived yet") from None
        seen = await _look(service, poll_id, shown)
        if seen is None or not may_look(seen.caller):
            return seen
    await service.inbox.at_least("polls", str(poll_id), least)
    return await _look(service, poll_id, shown)


async def _look(service: Service, poll_id: UUID, shown: Credential) -> _Found | None:
    row = await _row(service, poll_id, shown.token_hash)
    if row is None:
        return None
    document, sequence, now, participant_id = row
    poll = KnownPoll.model_validate(document)
    return _Found(PollSeen(poll, sequence), recognise(shown, poll, participant_id), now)


async def _row(
    service: Service, poll_id: UUID, token_hash: str | None
) -> tuple[object, int, datetime, UUID | None] | None:
    async with service.pool.connection() as conn:
        cursor = await conn.execute(
            _SQL["visit"], {"poll": poll_id, "edit_hash": token_hash}, prepare=True
        )
        row = await cursor.fetchone()
    return None if row is None else (row[0], row[1], row[2], row[3])


Visitor = Annotated[Visit, Depends(visit)]
