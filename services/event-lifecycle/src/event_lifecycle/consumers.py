"""Takes in the facts of polls and of participants' links, and lets events follow their polls.

At least once from Kafka, once in effect: the inbox drops what was seen before, and the facts of
events are appended in the very transaction that notes the poll's facts as seen. They carry the
sequence of the poll's fact that led to them, so that not even taking all of a poll's facts in
again, after `seen` was emptied, moves an event.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.clock import Clock
from chassis.named_sql import load
from contracts.fact import Fact
from contracts.known_poll import KnownPoll, evolve
from contracts.lifecycle import Completion, EventDetails, EventFact
from contracts.polls import PollCancelled, PollFact, PollFinalised, PollReopened
from contracts.schedules import ParticipantErased, ParticipantJoined
from event_lifecycle import decider
from event_lifecycle.decider import CancelByPoll, Command, PlaceByPoll, ReleaseByPoll
from event_lifecycle.handlers import stream_of
from eventstore.recorded import Recorded
from eventstore.store import EventStore, lock_keys
from inbox.sources import Received

TABLES = ("known_polls", "edit_links")
_SQL = load("event_lifecycle")

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class _Followed:
    """A poll as known here; `event_id` once it was finalised for the first time."""

    poll: KnownPoll | None = None
    event_id: UUID | None = None


@dataclass(frozen=True)
class _Order:
    """What a poll's fact asks of its event."""

    event_id: UUID
    command: Command
    because: Received


class PollFollower:
    """`take_in` is the inbox's `apply`, `committed` its `on_commit`."""

    def __init__(self, store: EventStore, clock: Clock, completion: Completion) -> None:
        self._store = store
        self._clock = clock
        self._completion = completion
        # By the poll's key: of facts of one poll there are never two transactions at once.
        self._appended: dict[str, list[Recorded]] = {}

    def committed(self, keys: Collection[str]) -> None:
        """Tell whoever waits for facts of events what became true with these polls' facts."""
        recorded = [one for key in keys for one in self._appended.pop(key, ())]
        if recorded:
            self._store.committed(recorded)

    async def take_in(self, connection: Connection, received: Sequence[Received]) -> None:
        """Facts of several polls, in order per poll, in the inbox's transaction.

        Facts about participants come under the same keys, in transactions of their own: they
        leave alone what is known of the poll.
        """
        await _keep_links(connection, [entry.fact for entry in received])
        of_polls = [entry for entry in received if isinstance(entry.fact, PollFact)]
        if of_polls:
            await self._follow(connection, of_polls)

    async def _follow(self, connection: Connection, received: Sequence[Received]) -> None:
        for entry in received:
            # What a transaction left here that was rolled back.
            self._appended.pop(entry.key, None)
        followed = await _load(connection, {UUID(entry.key) for entry in received})
        orders: list[_Order] = []
        for entry in received:
            poll_id = UUID(entry.key)
            followed[poll_id] = after = _evolve(followed.get(poll_id, _Followed()), entry.fact)
            command = self._command(after, entry.fact)
            if command is not None and after.event_id is not None:
                orders.append(_Order(after.event_id, command, entry))
        await _keep_polls(connection, followed)
        # Writers take keys first and in order; with them locked, no append can conflict.
        await lock_keys(connection, sorted({str(order.event_id) for order in orders}))
        for order in orders:
            await self._obey(connection, order)

    def _command(self, followed: _Followed, fact: Fact) -> Command | None:
        match fact:
            case PollFinalised() if followed.poll is not None:
                details = self._details(followed.poll, fact)
                return PlaceByPoll(fact.event_id, fact.poll_id, details, self._clock())
            case PollReopened():
                return ReleaseByPoll(self._clock())
            case PollCancelled():
                return CancelByPoll(self._clock())
            case _:
                return None

    def _details(self, poll: KnownPoll, decision: PollFinalised) -> EventDetails:
        return EventDetails(
            title=poll.details.title,
            description=poll.details.description,
            starts_at=decision.start,
            ends_at=decision.end,
            timezone=poll.details.timezone,
            completion=self._completion,
            due_at=None,
        )

    async def _obey(self, connection: Connection, order: _Order) -> None:
        stream, because = stream_of(order.event_id), order.because
        recorded = await self._store.read_on(connection, stream)
        if any(one.metadata.get("polls", 0) >= because.sequence for one in recorded):
            return
        facts = (cast(EventFact, one.fact) for one in recorded)
        state = reduce(decider.evolve, facts, decider.initial())
        if decided := decider.decide(state, order.command):
            appended = await self._store.append_on(
                connection,
                stream,
                len(recorded),
                decided,
                key=str(order.event_id),
                metadata={
                    "polls": because.sequence,
                    "traceparent": because.envelope.traceparent,
                },
            )
            self._appended.setdefault(because.key, []).extend(appended.recorded)


def _evolve(before: _Followed, fact: Fact) -> _Followed:
    event_id = fact.event_id if isinstance(fact, PollFinalised) else before.event_id
    return _Followed(evolve(before.poll, fact), event_id)


async def _load(connection: Connection, poll_ids: set[UUID]) -> dict[UUID, _Followed]:
    cursor = await connection.execute(_SQL["known_polls"], {"poll_ids": list(poll_ids)})
    return {
        poll_id: _Followed(KnownPoll.model_validate(document), event_id)
        for poll_id, event_id, document in await cursor.fetchall()
    }


async def _keep_polls(connection: Connection, followed: dict[UUID, _Followed]) -> None:
    rows = [
        {
            "poll_id": poll_id,
            "event_id": one.event_id,
            "public": one.poll.details.access == "public",
            "organiser_hash": one.poll.organiser_hash,
            "answer_hash": one.poll.answer_hash,
            "document": orjson.Fragment(one.poll.model_dump_json()),
        }
        for poll_id, one in followed.items()
        if one.poll is not None
    ]
    if rows:
        await connection.execute(_SQL["keep_polls"], {"rows": _json(rows)})


async def _keep_links(connection: Connection, facts: Sequence[Fact]) -> None:
    links: dict[UUID, dict[str, Any]] = {}
    erased: list[dict[str, Any]] = []
    for fact in facts:
        if isinstance(fact, ParticipantJoined):
            link = fact.model_dump(include={"poll_id", "participant_id", "edit_hash"})
            links[fact.participant_id] = link
        elif isinstance(fact, ParticipantErased):
            links.pop(fact.participant_id, None)
            erased.append(fact.model_dump(include={"poll_id", "participant_id"}))
    if links:
        await connection.execute(_SQL["keep_edit_links"], {"rows": _json(list(links.values()))})
    if erased:
        await connection.execute(_SQL["drop_edit_links"], {"rows": _json(erased)})


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
