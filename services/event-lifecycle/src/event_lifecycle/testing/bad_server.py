"""A server that does whatever it likes with a connection."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

Conduct: TypeAlias = Callable[[StreamReader, StreamWriter], Awaitable[None]]


@dataclass
class BadServer:
    """`connections` counts everyone who came; `conduct` deals with each, then it is closed."""

    host: str
    conduct: Conduct
    port: int = 0
    connections: int = 0

    async def meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError):
            await self.conduct(reader, writer)
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def serve_badly(
    conduct: Conduct,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[BadServer]:
    """On an address of this machine, by default at a free port."""
    bad = BadServer(host, conduct)
    meetings: set[asyncio.Task[None]] = set()

    def meet(reader: StreamReader, writer: StreamWriter) -> None:
        meeting = asyncio.create_task(bad.meet(reader, writer))
        meetings.add(meeting)
        meeting.add_done_callback(meetings.discard)
        meeting.add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(meet, host, port, ssl=tls)
    bad.port = server.sockets[0].getsockname()[1]
    try:
        yield bad
    finally:
        server.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)


async def read_request(reader: StreamReader) -> bytes:
    """The head and the body of a request of a stated length."""
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"\r\ncontent-length:")
    return head + await reader.readexactly(int(length.partition(b"\r\n")[0]))


def saying(*pieces: bytes, every_s: float = 0) -> Conduct:
    """Read the request, then say these, with a pause before each but the first, and hang up."""

    async def conduct(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader)
        for n, piece in enumerate(pieces):
            await asyncio.sleep(every_s if n else 0)
            writer.write(piece)
            await writer.drain()

    return conduct


async def silent(reader: StreamReader, _: StreamWriter) -> None:
    """Read what comes, for ever."""
    while await reader.read(65_536):
        pass
    await asyncio.Event().wait()
