"""What `commontime up` tells while it starts: one line per step, on a terminal and in a pipe."""

import time

from standalone.terminal import say

MEGABYTE = 1_000_000


class Progress:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._percent = -1

    def say(self, text: str) -> None:
        """Write a line."""
        say(f"{time.monotonic() - self._start:6.1f} s  {text}")

    def fetched(self, done: int, total: int) -> None:
        """Tell how much of a download has arrived, in bytes, at every tenth of it."""
        percent = done * 10 // total * 10
        if percent != self._percent:
            self._percent = percent
            self.say(f"Fetching Apache Kafka, once: {done // MEGABYTE} of {total // MEGABYTE} MB")
