"""What has changed, rendered once and put together for those who may see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from chassis.access import NOBODY, Credential
from event_lifecycle.bodies import document
from event_lifecycle.event_row import Row
from event_lifecycle.live.reading import Seers


@dataclass(frozen=True)
class Sight:
    """What a viewer may see, as the list of events has it; of `poll_id` alone where it is given."""

    shown: Credential
    all: bool
    direct: bool
    poll_id: UUID | None


@dataclass(frozen=True, eq=False)
class Batch:
    """Events by their id, each as a Server-Sent Event that lacks its blank line."""

    frames: Mapping[UUID, bytes]

    @cached_property
    def size(self) -> int:
        return sum(map(len, self.frames.values()))

    @cached_property
    def body(self) -> bytes:
        return b"\n".join(self.frames.values())


def merged(batches: Iterable[Batch]) -> Batch:
    """The latest of each event; later batches are newer."""
    return Batch({event_id: frame for one in batches for event_id, frame in one.frames.items()})


class Changes:
    """`rows` hold an event once. Viewers who see the same share one batch."""

    def __init__(self, rows: Sequence[Row], seers: Seers) -> None:
        self._seers = seers
        self._frames: dict[UUID | None, dict[UUID, bytes]] = {}
        for row in rows:
            self._frames.setdefault(row.poll_id, {})[row.event_id] = _frame(row)
        self._batches: dict[Sight, Batch] = {}

    def seen_by(self, sight: Sight) -> Batch:
        if sight.shown != NOBODY and sight.shown.scope not in self._seers:
            sight = Sight(NOBODY, sight.all, sight.direct, sight.poll_id)
        batch = self._batches.get(sight)
        if batch is None:
            batch = merged(Batch(self._frames[poll]) for poll in self._polls_of(sight))
            self._batches[sight] = batch
        return batch

    def _polls_of(self, sight: Sight) -> set[UUID | None]:
        """Of whose events something changed; None stands for events of no poll."""
        polls = set(self._frames)
        if not sight.all:
            seen = {*self._seers.get(None, ()), *self._seers.get(sight.shown.scope, ())}
            polls &= {*seen, None} if sight.direct else seen
        return polls & {sight.poll_id} if sight.poll_id is not None else polls


def _frame(row: Row) -> bytes:
    body = document(row.event, row.version).model_dump_json().encode()
    return b"event: event\ndata: %s\n" % body
