"""The internet as a test wants it: what DNS says, and where public addresses lead.

Names and addresses that it does not know are as ever. Nothing leaves this machine.
"""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest

Name = list[str] | OSError | None


@dataclass
class Internet:
    """`names`: the addresses of a name in order, why it has none, or None for no answer at all.

    `routes`: the host and port of this machine that a public address leads to.
    """

    names: dict[str, Name] = field(default_factory=dict[str, Name])
    routes: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    _over: Event = field(default_factory=Event)

    def resolves(self, host: str, port: int) -> list[Any]:
        answer = self.names[host]
        if answer is None:
            self._over.wait()
            answer = OSError("the test is over")
        if isinstance(answer, OSError):
            raise answer
        return [_info(address, port) for address in answer]

    def ends(self) -> None:
        self._over.set()


def _info(address: str, port: int) -> Any:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


@contextmanager
def internet(loop: asyncio.AbstractEventLoop) -> Generator[Internet]:
    """For what this process looks up anywhere, and connects to in `loop`."""
    made = Internet()
    lookup, connect = socket.getaddrinfo, loop.sock_connect

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        known = host in made.names
        return made.resolves(host, port) if known else lookup(host, port, *rest, **named)

    async def sock_connect(opened: socket.socket, address: tuple[Any, ...]) -> None:
        await connect(opened, made.routes.get(address[0]) or address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        patch.setattr(loop, "sock_connect", sock_connect)
        try:
            yield made
        finally:
            made.ends()
