"""Somebody who watches: called when there is news, and sent away when it is over."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable


class Viewer(ABC):
    """What they have yet to be told is kept by the subclass, which calls them with `ring`."""

    __slots__ = ("_bell", "_end", "_over")

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._end: Callable[[], None] | None = None
        self._over = False

    @abstractmethod
    def unheard(self) -> bytes:
        """What is new to them, as Server-Sent Events, or nothing; from now on they know it."""

    def ping(self) -> bytes:
        """What keeps the connection alive while there is no news."""
        return b": ping\n\n"

    def ring(self) -> None:
        self._bell.set()

    async def news(self) -> bytes:
        """Wait until they are called, and return what is `unheard`."""
        await self._bell.wait()
        self._bell.clear()
        return self.unheard()

    def on_end(self, end: Callable[[], None] | None) -> None:
        """What takes them away, from now on; None once they have gone."""
        self._end = end
        if self._over and end is not None:
            end()  # it was over before they had their first word

    def end(self) -> None:
        """They see no more."""
        self._over = True
        if self._end is not None:
            self._end()
