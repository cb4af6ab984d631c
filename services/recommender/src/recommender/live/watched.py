"""One poll and those who watch it: a change is looked at once, and shown to all who still may."""

import asyncio
from collections.abc import Callable, Iterable
from random import Random
from uuid import UUID

from chassis.access import Role, may_see_results, recognise
from chassis.tasks import end
from eventstore.background import Works, keep_trying
from recommender.live.sight import Sight
from recommender.live.snapshot import ALL, FOR_EVERYONE, Sequences, Snapshot
from recommender.live.viewer import PollViewer

_SECOND_WORD_S = 0.003


class Watched:
    """Looks from the beginning until it is closed; `looked` counts what it found changed."""

    def __init__(self, poll_id: UUID, sight: Sight, looked: Callable[[], None]) -> None:
        self.viewers: set[PollViewer] = set()
        self._poll_id = poll_id
        self._sight = sight
        self._looked = looked
        self.snapshot: Snapshot | None = None
        self._changed = asyncio.Event()
        self._looking = asyncio.create_task(keep_trying("live", self._look_on, Random()))  # noqa: S311  # spreads retries

    async def close(self) -> None:
        await end(self._looking)

    def look(self) -> None:
        """Something may have changed."""
        self._changed.set()

    def add(self, viewer: PollViewer, seen: Sequences) -> None:
        """Show the poll to one more, whose rights are known as of `seen`."""
        self.viewers.add(viewer)
        snapshot = self.snapshot
        if snapshot is not None and snapshot.sequences == seen:
            _show(snapshot, viewer)
        else:
            self.look()

    async def _look_on(self, works: Works) -> None:
        self.look()
        while True:
            await self._changed.wait()
            # What this process commits it is told twice: at once, and by the database.
            await asyncio.sleep(_SECOND_WORD_S)
            self._changed.clear()
            await self._look()
            works()

    async def _look(self) -> None:
        before, viewers = self.snapshot, list(self.viewers)
        snapshot = await self._sight.present(self._poll_id, before)
        if snapshot is None and await self._sight.is_erased(self._poll_id):
            self._send_away(self.viewers)
        # Tables that are being filled anew know less for a while: nobody is told of that.
        if snapshot is None or (before and not snapshot.sequences.reaches(before.sequences)):
            return
        if snapshot is not before:
            self._looked()
        await self._recognise_again(snapshot, viewers)
        self.snapshot = snapshot
        if not self.viewers.issubset(viewers):
            self.look()  # for those who have come meanwhile
        for viewer in self.viewers.intersection(viewers):
            _show(snapshot, viewer)

    async def _recognise_again(self, snapshot: Snapshot, viewers: list[PollViewer]) -> None:
        """Take away those whose credential opens the poll no more; one query for all."""
        editing = {
            viewer.shown.token_hash
            for viewer in viewers
            if viewer.caller.role is Role.EDIT and viewer.shown.token_hash
        }
        editors = await self._sight.editors(self._poll_id, editing)
        known = snapshot.poll.known
        for viewer in viewers:
            shown = viewer.shown
            caller = recognise(shown, known, editors.get(shown.token_hash or ""))
            if caller is None or caller.role is Role.UNINVITED:
                self._send_away([viewer])
            else:
                viewer.caller = caller

    def _send_away(self, viewers: Iterable[PollViewer]) -> None:
        for viewer in list(viewers):
            self.viewers.discard(viewer)
            viewer.end()


def _show(snapshot: Snapshot, viewer: PollViewer) -> None:
    known = snapshot.poll.known
    results = may_see_results(viewer.caller, known.details.visibility.results, known.state)
    viewer.show(snapshot, ALL if results else FOR_EVERYONE)
