"""Who comes to a poll, how the poll is, and what time it is: asked once per request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import (
    Caller,
    Credential,
    Operation,
    hash_of,
    kind_of,
    may_look,
    permit,
    recognise,
)
from chassis.credentials import Shown
from chassis.named_sql import load
from chassis.problems import Problem
from chassis.sequences import min_sequence
from inbox.outcomes import Behind
from poll_api.accounts.visits import Me
from poll_api.decider import Poll
from poll_api.projections import DOCUMENT
from poll_api.service import Service, service_of

Actor = Literal["anyone", "organiser", "owner", "timer", "automatic", "retention", "operator"]
"""Who led to a fact: told in the history, by what they showed and never by who they are."""

LABEL = "polls"
SCHEDULES = "schedules"
_SQL = load("poll_api")


@dataclass(frozen=True)
class Visit:
    """`now` is the database's clock, the one that fires deadlines."""

    poll: Poll
    caller: Caller
    shown: Credential
    now: datetime

    @property
    def actor(self) -> Actor:
        """Who acts where they may manage the poll."""
        is_owner = self.shown.account_id is not None and self.shown.account_id == self.poll.owner
        return "owner" if is_owner else "organiser"


async def visit(
    request: Request,
    poll_id: UUID,
    shown: Shown,
    least: Annotated[dict[str, int], Depends(min_sequence)],
) -> Visit:
    """Dependency: anyone who may see the poll; `not_found` for everybody else.

    The problem is `forbidden` for the answer link of a poll that invites accounts.
    """
    service, key = service_of(request), str(poll_id)
    found = await _look(service, poll_id, shown)
    if found is not None and found.caller is None and shown.kind == "edit":
        # Perhaps that of the poll's first participant, and Kafka is slow.
        await _fetch_schedules(service, key, everything=SCHEDULES in least)
        found = await _look(service, poll_id, shown)
    elif SCHEDULES in least and found is not None and may_look(found.caller):
        await service.inbox.at_least(SCHEDULES, key, least[SCHEDULES])
        found = await _look(service, poll_id, shown)
    if found is None or found.caller is None:
        raise Problem("not_found")
    permit(found.caller, Operation.SEE_POLL)
    if found.poll.version < least.get(LABEL, 0):
        raise Behind(f"{LABEL} has only got to {found.poll.version}")
    return Visit(found.poll, found.caller, shown, found.now)


async def _fetch_schedules(service: Service, key: str, *, everything: bool) -> None:
    """For a caller who is nobody yet: what they ask for decides neither the answer nor its time."""
    if not everything:
        await service.inbox.ask(SCHEDULES, key)
        return
    try:
        await service.inbox.all_of(SCHEDULES, key)
    except Behind:
        raise Behind("the facts asked for have not arrived yet") from None


async def managing_visit(visit: "Visitor") -> Visit:
    """Dependency: those who may change the poll."""
    permit(visit.caller, Operation.MANAGE_POLL)
    return visit


async def history_visit(visit: "Visitor") -> Visit:
    """Dependency: those who may read what happened to the poll."""
    permit(visit.caller, Operation.SEE_HISTORY)
    return visit


async def claiming_visit(service: Service, poll_id: UUID, organiser: str) -> Visit:
    """Whoever has this capability comes; what else the request shows opens nothing here."""
    shown = Credential(hash_of(organiser), kind=kind_of(organiser))
    found = await _look(service, poll_id, shown)
    if found is None:
        raise Problem("not_found")
    permit(found.caller, Operation.MANAGE_POLL)
    assert found.caller is not None
    return Visit(found.poll, found.caller, shown, found.now)


async def account_of(me: Me) -> UUID:
    """Dependency: the account that asks. Raises the problem `unauthenticated`."""
    return me.account_id


Account = Annotated[UUID, Depends(account_of)]
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
