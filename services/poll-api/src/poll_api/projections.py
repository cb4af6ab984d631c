"""Keeps the table `polls`, and the timers of its deadlines, in step with the facts.

Of a poll that was erased only its id stays, so that nothing heard later brings a trace of it back.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias, cast
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from pydantic import TypeAdapter

from chassis.named_sql import load
from contracts.polls import PollErased, PollFact, PollOpened, PollReopened, PollRevised
from eventstore.recorded import Recorded
from poll_api.decider import Poll, PollState, State, evolve, initial
from timers.rows import drop_timers, set_timers

Connection: TypeAlias = AsyncConnection[TupleRow]

TABLES = ("polls", "erased_polls", "timers")
DOCUMENT: TypeAdapter[Poll] = TypeAdapter(Poll)
SETTING_DEADLINES = (PollOpened, PollRevised, PollReopened)
"""The facts that say when a poll closes by itself."""
_SQL = load("poll_api")


async def project_polls(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Fold facts, of several polls and each poll's in order, into their rows."""
    facts = [cast(PollFact, one.fact) for one in recorded]  # this store holds no others
    opened = {fact.poll_id for fact in facts if isinstance(fact, PollOpened)}
    known = await _read(connection, {fact.poll_id for fact in facts} - opened)
    states: dict[UUID, State] = dict(known)
    for fact in facts:
        states[fact.poll_id] = evolve(states.get(fact.poll_id, initial()), fact)
    polls = [state for state in states.values() if isinstance(state, Poll)]
    if polls:
        await _write(connection, polls)
    erased = sorted({fact.poll_id for fact in facts if isinstance(fact, PollErased)})
    if erased:
        await connection.execute(_SQL["erase_polls"], {"poll_ids": erased})
    await _set_deadlines(connection, polls, known)


def deadlines_in(recorded: Sequence[Recorded]) -> Iterator[datetime]:
    """When these facts may have set a timer for."""
    for one in recorded:
        if isinstance(one.fact, SETTING_DEADLINES):
            said = one.fact if isinstance(one.fact, PollReopened) else one.fact.details
            if said.deadline:
                yield said.deadline


async def _read(connection: Connection, poll_ids: set[UUID]) -> dict[UUID, Poll]:
    if not poll_ids:
        return {}
    cursor = await connection.execute(_SQL["read_polls"], {"poll_ids": list(poll_ids)})
    polls = [DOCUMENT.validate_json(document) for (document,) in await cursor.fetchall()]
    return {poll.poll_id: poll for poll in polls}


async def _write(connection: Connection, polls: Iterable[Poll]) -> None:
    rows = sorted(polls, key=lambda poll: poll.poll_id)
    columns: dict[str, list[Any]] = {
        "poll_ids": [poll.poll_id for poll in rows],
        "states": [poll.state.value for poll in rows],
        "versions": [poll.version for poll in rows],
        "documents": [DOCUMENT.dump_json(poll).decode() for poll in rows],
        "owners": [poll.owner for poll in rows],
        "invited": [_invited(poll) for poll in rows],
        "window_ends": [poll.details.window.end for poll in rows],
    }
    await connection.execute(_SQL["write_polls"], columns)


def _invited(poll: Poll) -> str | None:
    """As PostgreSQL writes an array: arrays of different lengths make no array."""
    if poll.details.access != "invited":
        return None
    return f"{{{','.join(map(str, poll.details.invited))}}}"


async def _set_deadlines(
    connection: Connection, polls: Iterable[Poll], known: dict[UUID, Poll]
) -> None:
    """A deadline binds an open poll only: it alone has a timer."""
    waiting = {
        str(poll.poll_id): poll.details.deadline
        for poll in polls
        if poll.state is PollState.OPEN and poll.details.deadline
    }
    idle = sorted({str(poll_id) for poll_id in known} - waiting.keys())
    if idle:
        await drop_timers(connection, idle)
    if waiting:
        await set_timers(connection, sorted(waiting.items()))
