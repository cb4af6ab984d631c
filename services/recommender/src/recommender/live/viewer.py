"""Somebody who watches a poll: what they hold of it, and what they have yet to be told.

Of what changes while a viewer is slow only the latest is kept, and once for all viewers.
"""

from chassis.access import Caller, Credential
from chassis.live.viewer import Viewer
from recommender.live.snapshot import Sequences, Snapshot


class PollViewer(Viewer):
    """`caller` is who shows `shown`.

    `last` is as of when they were told everything, on an earlier connection.
    """

    __slots__ = ("_events", "_held", "_latest", "caller", "last", "shown")

    def __init__(self, shown: Credential, caller: Caller, last: Sequences | None) -> None:
        super().__init__()
        self.shown = shown
        self.caller = caller
        self.last = last
        self._held: dict[str, bytes] = {}
        self._latest: Snapshot | None = None
        self._events: tuple[str, ...] = ()

    def show(self, snapshot: Snapshot, events: tuple[str, ...]) -> None:
        """Have them told what is new to them of these events, and forget older snapshots."""
        if snapshot is self._latest and events == self._events:
            return
        if self._latest is None and snapshot.sequences == self.last:
            self._held = {event: snapshot.values[event] for event in events}
        for event in self._held.keys() - events:
            del self._held[event]
        self._latest, self._events = snapshot, events
        self.ring()

    def unheard(self) -> bytes:
        latest = self._latest
        assert latest is not None
        new = tuple(e for e in self._events if self._held.get(e) != latest.values[e])
        self._held.update((event, latest.values[event]) for event in new)
        return latest.rendered(new)
