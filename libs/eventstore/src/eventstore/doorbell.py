"""Wakes a loop that waits for news from its own process or from PostgreSQL."""

import asyncio

from eventstore.dedicated import Connection


class Doorbell:
    """Remembers that somebody rang until the next `listen`."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the loop, from the same event loop."""
        self._rung.set()

    def silence(self) -> None:
        """Forget earlier rings: the caller is about to look."""
        self._rung.clear()

    async def wait(self, connection: Connection, patience_s: float) -> None:
        """Return when somebody rings, when `connection` receives anything, or in time.

        Nobody else may use `connection` meanwhile. A broken one counts as having received
        something: the caller's next statement finds out.
        """
        # A notification may have come in with the answer to the last statement.
        while connection.pgconn.notifies():
            self.ring()
        loop = asyncio.get_running_loop()
        socket = connection.fileno()
        loop.add_reader(socket, self.ring)
        try:
            async with asyncio.timeout(patience_s):
                await self._rung.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(socket)
