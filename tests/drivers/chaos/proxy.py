"""Stands between the services and a server, and lets nothing pass where it is told so."""

import asyncio
from contextlib import suppress
from threading import Thread

from standalone.ports import free_port

_CHUNK = 64 * 1024


class Proxy:
    """Forwards TCP from a port of its own to one of this machine.

    `cut` ends every connection and takes no other, `hang` keeps them and forwards nothing, `slow`
    makes every chunk late by so many seconds; `heal` undoes each of them. All may be called from
    any thread: proxies run in one of their own, so that nothing that waits for them can stop them.
    """

    def __init__(self, port: int, target: int, loop: asyncio.AbstractEventLoop) -> None:
        """Listen on `port` and forward to the port `target`."""
        self.port = port
        self._target = target
        self._loop = loop
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing = asyncio.Event()
        self._passing.set()
        self._refusing = False
        self._delay = 0.0

    def start(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        self.cut()
        if self._server:
            self._loop.call_soon_threadsafe(self._server.close)

    def cut(self) -> None:
        self._set(refusing=True)

    def hang(self) -> None:
        self._set(passing=False)

    def slow(self, seconds: float) -> None:
        self._set(delay=seconds)

    def heal(self) -> None:
        self._set()

    def _set(self, *, refusing: bool = False, passing: bool = True, delay: float = 0.0) -> None:
        def set_there() -> None:
            self._refusing, self._delay = refusing, delay
            (self._passing.set if passing else self._passing.clear)()
            for writer in self._writers if refusing else ():
                writer.transport.abort()

        self._loop.call_soon_threadsafe(set_there)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if not self._refusing:
                await self._connect(reader, writer)
        except OSError:
            pass  # the server is away: so is this connection
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.add(back)
        ways = {
            asyncio.create_task(self._forward(reader, back)),
            asyncio.create_task(self._forward(there, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers.discard(back)
            back.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._passing.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()


class Proxies:
    """A thread with an event loop for any number of proxies."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    def to(self, port: int) -> Proxy:
        """One on a free port, not listening yet."""
        return Proxy(free_port(), port, self.loop)

    def close(self) -> None:
        """End all connections, and the thread."""
        asyncio.run_coroutine_threadsafe(self._end_all(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _end_all(self) -> None:
        ours = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not ours]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
