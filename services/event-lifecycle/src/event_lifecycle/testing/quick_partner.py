"""A partner who takes thousands of webhooks a second: what is measured is never its slowness.

It reads no more of HTTP than our sender writes: a request line, headers in small letters as they
were given, and a body of a stated length.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import cast

_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """`at`: seconds since 1970."""

    id: str
    body: bytes
    at: float


@dataclass
class QuickPartner:
    """`hangs`: reads everything and answers nothing."""

    url: str = ""
    hangs: bool = False
    taken: list[Taken] = field(default_factory=list[Taken])

    def receipts(self) -> Counter[str]:
        """How often each message came."""
        return Counter(one.id for one in self.taken)

    def bodies(self) -> dict[str, set[bytes]]:
        """Every body that came under an id."""
        found: dict[str, set[bytes]] = {}
        for one in self.taken:
            found.setdefault(one.id, set()).add(one.body)
        return found


class _Connection(asyncio.Protocol):
    def __init__(self, partner: QuickPartner) -> None:
        self._partner = partner
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(_END)) >= 0:
            head = self._unread[:end].lower()
            begin = end + len(_END)
            length = int(_header(head, b"content-length"))
            if len(self._unread) < begin + length:
                return
            body = self._unread[begin : begin + length]
            self._unread = self._unread[begin + length :]
            self._partner.taken.append(Taken(_header(head, b"webhook-id").decode(), body, time()))
            if not self._partner.hangs:
                self._transport.write(_NO_CONTENT)


def _header(head: bytes, name: bytes) -> bytes:
    _, _, after = head.partition(b"\r\n" + name + b":")
    return after.partition(b"\r\n")[0].strip()


@asynccontextmanager
async def serve_partners(count: int) -> AsyncGenerator[list[QuickPartner]]:
    """So many, each on a free port of its own."""
    loop = asyncio.get_running_loop()
    partners = [QuickPartner() for _ in range(count)]

    def connections_of(partner: QuickPartner) -> Callable[[], _Connection]:
        return lambda: _Connection(partner)

    async with AsyncExitStack() as opened:
        for partner in partners:
            server = await loop.create_server(connections_of(partner), "127.0.0.1", 0)
            opened.callback(server.close)
            partner.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield partners
