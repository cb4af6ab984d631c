"""What is being read of polls, for those who must not keep what has changed meanwhile."""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID


@dataclass(eq=False, slots=True)
class Reading:
    """Of a poll from the database; what it finds may be old if it was overtaken."""

    poll_id: UUID
    overtaken: bool = False


class Readings:
    def __init__(self) -> None:
        self._open: set[Reading] = set()

    @contextmanager
    def of(self, poll_id: UUID) -> Generator[Reading]:
        reading = Reading(poll_id)
        self._open.add(reading)
        try:
            yield reading
        finally:
            self._open.discard(reading)

    def overtake(self, polls: Collection[UUID] | None) -> None:
        """These polls have changed, or any may have for None."""
        for reading in self._open:
            reading.overtaken |= polls is None or reading.poll_id in polls
