"""Takes in the facts of polls and of participants' links, and lets events follow their polls.

At least once from Kafka, once in effect: the inbox drops what was seen before, and the facts of
events are appended in the very transaction that notes the poll's facts as seen. They carry the
sequence of the poll's fact that led to them, so that not even taking all of a poll's facts in
again, after `seen` was emptied, moves an event.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import cast
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.clock import Clock
from contracts.fact import Fact
from contracts.known_poll import KnownPoll
from contracts.lifecycle import Completion, EventDetails, EventFact
from contracts.polls import PollCancelled, PollErased, PollFact, PollFinalised, PollReopened
from event_lifecycle import decider
from event_lifecycle.decider import CancelByPoll, Command, EraseByPoll, PlaceByPoll, ReleaseByPoll
from event_lifecycle.erasing import erase_polls, erased_among, forget_polls
from event_lifecycle.handlers import stream_of
from event_lifecycle.known_polls import Followed, keep_links, keep_polls, load_polls
from event_lifecycle.webhooks.announcing import tell_of_polls
from event_lifecycle.webhooks.poll_messages import PollMessage, message_about
from eventstore.recorded import Recorded
from eventstore.store import EventStore, lock_keys
from inbox.sources import Received

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class _Order:
    """What a poll's fact asks of its event."""

    event_id: UUID
    command: Command
    because: Received


class PollFollower:
    """`take_in` is the inbox's `apply`, `committed` its `on_commit`.

    Partners are told of facts that are no older than `tell_within`: those that are older may
    have been told and forgotten. Without it they are told nothing: a rebuild takes in again what
    they were told of. `on_told` is called when there is something to send.
    """

    def __init__(
        self,
        store: EventStore,
        clock: Clock,
        completion: Completion,
        *,
        tell_within: timedelta | None = None,
        on_told: Callable[[], None] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._completion = completion
        self._tell_within = tell_within
        self._on_told = on_told
        # By the poll's key: of facts of one poll there are never two transactions at once.
        self._appended: dict[str, list[Recorded]] = {}
        self._told: set[str] = set()
        self._redacted: dict[str, Sequence[UUID]] = {}

    def committed(self, keys: Collection[str]) -> None:
        """Tell whoever waits for it what became true with these polls' facts."""
        for event_id in [one for key in keys for one in self._redacted.pop(key, ())]:
            self._store.remembered.forget(stream_of(event_id))
        recorded = [one for key in keys for one in self._appended.pop(key, ())]
        if recorded:
            self._store.committed(recorded)
        if told := self._told.intersection(keys):
            self._told -= told
            if self._on_told is not None:
                self._on_told()

    async def take_in(self, connection: Connection, received: Sequence[Received]) -> None:
        """Facts of several polls, in order per poll, in the inbox's transaction.

        Facts about participants come under the same keys, in transactions of their own: they
        leave alone what is known of the poll. Of an erased poll nothing is taken in: neither what
        came before that in the same batch, nor whatever comes late.
        """
        if erased := [entry for entry in received if isinstance(entry.fact, PollErased)]:
            await self._erase(connection, erased)
        gone = await erased_among(connection, {UUID(entry.key) for entry in received})
        received = [entry for entry in received if UUID(entry.key) not in gone]
        await keep_links(connection, [entry.fact for entry in received])
        of_polls = [entry for entry in received if isinstance(entry.fact, PollFact)]
        if of_polls:
            await self._follow(connection, of_polls)

    async def _erase(self, connection: Connection, erased: Sequence[Received]) -> None:
        polls = {UUID(entry.key) for entry in erased}
        events = await erase_polls(connection, polls)
        for entry in erased:
            # What a transaction left here that was rolled back.
            self._appended.pop(entry.key, None)
        for entry in erased:
            self._redacted[entry.key] = of_poll = events[UUID(entry.key)]
            for event_id in of_poll:
                await self._obey(connection, _Order(event_id, EraseByPoll(self._clock()), entry))
        await forget_polls(connection, polls)

    async def _follow(self, connection: Connection, received: Sequence[Received]) -> None:
        for entry in received:
            # What a transaction left here that was rolled back.
            self._appended.pop(entry.key, None)
        followed = await load_polls(connection, {UUID(entry.key) for entry in received})
        orders: list[_Order] = []
        messages: list[PollMessage] = []
        for entry in received:
            poll_id = UUID(entry.key)
            followed[poll_id] = after = followed.get(poll_id, Followed()).after(entry.fact)
            command = self._command(after, entry.fact)
            if command is not None and after.event_id is not None:
                orders.append(_Order(after.event_id, command, entry))
            if after.poll is not None and (message := message_about(after.poll, entry)):
                messages.append(message)
        await keep_polls(connection, followed)
        await self._tell(connection, messages)
        # Writers take keys first and in order; with them locked, no append can conflict.
        await lock_keys(connection, sorted({str(order.event_id) for order in orders}))
        for order in orders:
            await self._obey(connection, order)

    async def _tell(self, connection: Connection, messages: Sequence[PollMessage]) -> None:
        if messages and self._tell_within is not None:
            await tell_of_polls(connection, messages, self._tell_within)
            self._told.update(str(message.poll_id) for message in messages)

    def _command(self, followed: Followed, fact: Fact) -> Command | None:
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
