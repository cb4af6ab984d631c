"""Who comes to a poll, and how far it has come here: asked once per request."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import (
    Caller,
    bearer_token,
    hash_of,
    may_see_names,
    permit_results,
    recognise,
)
from chassis.named_sql import load
from chassis.problems import Problem
from chassis.sequences import min_sequence
from inbox.outcomes import OwnerAway
from recommender.answers import Audience, Heads
from recommender.known_polls import Poll
from recommender.service import Service, service_of

_SQL = load("recommender")


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
    token: Annotated[str | None, Depends(bearer_token)],
    least: Annotated[dict[str, int], Depends(min_sequence)],
) -> Visit:
    """Dependency of every route. Raises the problem `not_found` for those who may not look."""
    service = service_of(request)
    for label in ("polls", "schedules"):
        if label in least:
            await service.inbox.at_least(label, str(poll_id), least[label])
    token_hash = hash_of(token) if token is not None else None
    found = await _look_up(service, poll_id, token_hash)
    if found is None and await _is_known_to_its_owner(service, poll_id):
        found = await _look_up(service, poll_id, token_hash)
    if found is None:
        raise Problem("not_found")
    poll, heads, participant_id = found
    caller = recognise(
        token_hash,
        organiser_hash=poll.known.organiser_hash,
        answer_hash=poll.known.answer_hash,
        edit_hashes={token_hash: participant_id} if token_hash and participant_id else {},
        access=poll.known.details.access,
    )
    if caller is None:
        raise Problem("not_found")
    return Visit(poll, heads, caller)


async def _is_known_to_its_owner(service: Service, poll_id: UUID) -> bool:
    known = await service.inbox.ask("polls", str(poll_id))
    if known:
        # Schedules that nobody can be asked for come later: the poll is answered without them.
        with suppress(OwnerAway):
            await service.inbox.ask("schedules", str(poll_id))
    return known


async def _look_up(
    service: Service, poll_id: UUID, token_hash: str | None
) -> tuple[Poll, Heads, UUID | None] | None:
    known = service.polls.sequence_of(poll_id)
    parameters = {"poll": poll_id, "edit_hash": token_hash, "known": known}
    async with service.pool.connection() as conn:
        cursor = await conn.execute(_SQL["visit"], parameters, prepare=True)
        row = await cursor.fetchone()
    if row is None:
        return None
    document, sequence, schedules, names, participant_id = row
    poll = service.polls.resolve(poll_id, document, sequence)
    if poll is None:
        return await _look_up(service, poll_id, token_hash)
    return poll, Heads(schedules, names), participant_id


Visitor = Annotated[Visit, Depends(visit)]
