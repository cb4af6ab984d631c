"""Somebody who watches events: what has changed and they have yet to be told.

Of an event that changes again while a viewer is slow only the latest is kept. What waits is shared
by all who wait for it, and bounded: whoever falls further behind is told to read the list again.
"""

import re
from typing import Literal

from chassis.live.viewer import Viewer
from event_lifecycle.live.changes import Batch, Sight, merged

MOST_WAITING_BYTES = 2 * 1024 * 1024
_ID = re.compile(r"[0-9]{1,18}")
Word = Literal["ready", "reset"]


class EventViewer(Viewer):
    """`since` is the cursor they had reached on an earlier connection, if they come again."""

    __slots__ = ("_cursor", "_size", "_waiting", "_word", "sight", "since")

    def __init__(self, sight: Sight, last_event_id: str | None) -> None:
        super().__init__()
        self.sight = sight
        known = _ID.fullmatch(last_event_id or "")
        self.since = int(known[0]) if known else None
        self._word: Word | None = None
        self._cursor: int | None = None
        self._waiting: list[Batch] = []
        self._size = 0
        if self.since is None:
            self._word = "reset" if last_event_id else "ready"

    def tell(self, batch: Batch, cursor: int) -> None:
        """`cursor`: with this batch they know all that they need not be told from there on."""
        first, self._cursor = self._cursor is None, cursor
        # Whoever is about to read the list finds it there.
        if batch.frames and self._word is None:
            self._keep(batch)
        if batch.frames or (first and self._word):
            self.ring()

    def reset(self, cursor: int) -> None:
        """They missed something: have them read the list."""
        self._word, self._cursor = "reset", cursor
        self._forget()
        self.ring()

    def unheard(self) -> bytes:
        word, waiting = self._word, self._waiting
        if word is not None:
            told = b"event: %s\ndata: {}\n" % word.encode()
        elif waiting:
            told = (waiting[0] if len(waiting) == 1 else merged(waiting)).body
        else:
            return b""
        self._word = None
        self._forget()
        # Only the last event has an id: whoever is cut off before it is told all of them again.
        return told + self._id()

    def ping(self) -> bytes:
        """It moves the id on, so that who comes again after a quiet time has little to be told."""
        settled = self._cursor is not None and self._word is None and not self._waiting
        return b": ping\n" + (self._id() if settled else b"\n")

    def _id(self) -> bytes:
        return b"id: %d\n\n" % (self._cursor or 0)

    def _keep(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._size += batch.size
        if self._size > MOST_WAITING_BYTES:
            self._waiting = [merged(self._waiting)]
            self._size = self._waiting[0].size
            if self._size > MOST_WAITING_BYTES:
                self._word = "reset"
                self._forget()

    def _forget(self) -> None:
        self._waiting = []
        self._size = 0
