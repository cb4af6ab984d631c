"""Keeps libraries from filling the log while what they need is away."""

import logging
from collections.abc import Callable
from time import monotonic

# They report each of their attempts, several in a second.
_PERSISTENT = ("aiokafka", "inbox.faststream", "psycopg.pool")
_FORGOTTEN_AFTER_S = 60.0
_MOST_KNOWN = 1_000


class RepeatedLines(logging.Filter):
    """Lets a line of theirs pass for the first, second, fourth, eighth, … time.

    Lines are the same where they only differ in what they are filled with. After a minute of
    silence a line is news again.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[int, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_PERSISTENT):
            return True
        line, now = (record.name, str(record.msg)), self._clock()
        count, last = self._seen.get(line, (0, now))
        count = 1 if now - last > _FORGOTTEN_AFTER_S else count + 1
        if len(self._seen) >= _MOST_KNOWN:
            self._seen.clear()
        self._seen[line] = count, now
        return count & (count - 1) == 0
