"""Where a partner's name leads, asked of DNS for a bounded time.

Lookups cannot be called off, so they have threads of their own: those that hang hold up neither
other partners' nor anything else of this process.
"""

import asyncio
import errno
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

DNS_SECONDS = 2.0
_THREADS = 64


class BoundedResolver(AbstractResolver):
    """Raises `OSError` where DNS does not know or does not answer."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "webhook-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        lookup = partial(
            socket.getaddrinfo,
            *(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG),
        )
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(DNS_SECONDS):
                found = await loop.run_in_executor(self._threads, lookup)
        except TimeoutError as late:
            raise OSError(errno.ETIMEDOUT, f"no answer within {DNS_SECONDS:.0f} s") from late
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
