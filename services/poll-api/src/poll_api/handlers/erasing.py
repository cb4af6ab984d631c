"""Erases polls: their words are taken out of the stored facts, in the append that says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from contracts.polls import PollOpened, PollOwnerChanged, PollRevised
from eventstore.erasure import Changes, redact
from eventstore.transact import Outcome
from poll_api.decider import ErasePoll, NoSuchPoll, RetirePoll, State
from poll_api.handlers.transacting import Match, Storing, command, nothing_to_say, stream_of
from poll_api.service import Service
from poll_api.visits import Actor, Visit

_WORDS: Mapping[str, Any] = {
    "details.title": "",
    "details.description": None,
    "details.invited": [],
    "details.rules.groups": [],
}
REDACTED: Changes = {
    PollOpened.TYPE: {**_WORDS, "owner": None},
    PollRevised.TYPE: _WORDS,
    PollOwnerChanged.TYPE: {"owner": None},
}
"""What people wrote, and which accounts had to do with it. The rest is times and numbers."""


async def erase(service: Service, visit: Visit, match: Match) -> Outcome[State]:
    """For good. Raises `NoSuchPoll` where it is erased already."""
    return await _erase(service, visit.poll.poll_id, ErasePoll(visit.now), visit.actor, match)


async def retire(service: Service, poll_id: UUID, retiring: RetirePoll) -> bool:
    """Erase a poll whose time is over; say whether it was this call that did."""
    outcome = await _erase(service, poll_id, retiring, "retention")
    return bool(outcome.recorded)


async def erase_again(service: Storing, poll_id: UUID, now: datetime) -> bool:
    """Erase a poll that a backup brought back; say whether it was there."""
    try:
        await _erase(service, poll_id, ErasePoll(now), "operator")
    except NoSuchPoll:
        return False
    return True


async def _erase(
    service: Storing,
    poll_id: UUID,
    erasing: ErasePoll | RetirePoll,
    actor: Actor,
    match: Match = None,
) -> Outcome[State]:
    async def within(connection: AsyncConnection[TupleRow]) -> None:
        await redact(connection, [stream_of(poll_id)], REDACTED)

    return await command(
        service, poll_id, erasing, actor, answer=nothing_to_say, match=match, within=within
    )
