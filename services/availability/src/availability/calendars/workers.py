"""A few processes that read calendars: begun when one comes, ended at its time or when idle.

A calendar that asks for too much costs its process, and nobody else anything: the event loop only
waits, and whatever still runs when the time is over is killed.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

from availability.calendars.importing import Wish
from chassis.problems import Problem

MOST_WAITING = 8
_START_S = 15
_GRACE_S = 1
"""So much later than it is killed a worker ends by itself, should the service be gone."""


class TooSlow(Exception):
    """The calendar takes longer than there is time for it, or more memory than there is."""


class Workers:
    """At most `most` processes; so many more requests may wait for one."""

    def __init__(self, most: int, timeout_s: float, idle_s: float = 30) -> None:
        self._turns = asyncio.Semaphore(most)
        self._most = most
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._idle: list[tuple[Process, asyncio.TimerHandle]] = []
        self._processes: set[Process] = set()
        self._retiring: set[asyncio.Task[None]] = set()
        self._asking = 0

    @property
    def pids(self) -> list[int]:
        """Those of the processes there are."""
        return [process.pid for process in self._processes if process.returncode is None]

    async def ask(self, content: bytes, form: str | None, wish: Wish) -> dict[str, Any]:
        """The worker's answer. Raises `TooSlow`, and the problem `overloaded`."""
        if self._asking >= self._most + MOST_WAITING:
            raise Problem("overloaded")
        self._asking += 1
        try:
            async with self._turns:
                return await self._ask(content, form, wish)
        finally:
            self._asking -= 1

    async def close(self) -> None:
        for _, timer in self._idle:
            timer.cancel()
        self._idle.clear()
        await asyncio.gather(*self._retiring)
        for process in list(self._processes):
            await self._end(process)

    async def _ask(self, content: bytes, form: str | None, wish: Wish) -> dict[str, Any]:
        head = {
            "bytes": len(content),
            "form": form,
            "wish": asdict(wish),
            "seconds": self._timeout_s + _GRACE_S,
        }
        process = self._warm() or await self._started()
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await _converse(process, json.dumps(head).encode(), content)
        except BaseException as error:
            await self._end(process)
            if isinstance(error, (TimeoutError, OSError, asyncio.IncompleteReadError)):
                raise TooSlow from None
            raise
        self._rest(process)
        return answer

    def _warm(self) -> Process | None:
        while self._idle:
            process, timer = self._idle.pop()
            timer.cancel()
            if process.returncode is None:
                return process
            self._processes.discard(process)
        return None

    async def _started(self) -> Process:
        # Nothing of the service's environment but where zones are: it is full of secrets.
        kept = {name: os.environ[name] for name in ("PYTHONTZPATH",) if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-m", "availability.calendars.worker"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # a traceback would repeat what a calendar says
            env=kept,
        )
        self._processes.add(process)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(_START_S):
                await process.stdout.readexactly(1)
        except BaseException as error:
            await self._end(process)
            if isinstance(error, (TimeoutError, asyncio.IncompleteReadError)):
                raise Problem("overloaded") from None
            raise
        return process

    def _rest(self, process: Process) -> None:
        timer = asyncio.get_running_loop().call_later(self._idle_s, self._retire, process)
        self._idle.append((process, timer))

    def _retire(self, process: Process) -> None:
        self._idle = [(other, timer) for other, timer in self._idle if other is not process]
        task = asyncio.create_task(self._end(process))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _end(self, process: Process) -> None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        self._processes.discard(process)


async def _converse(process: Process, head: bytes, content: bytes) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(len(head).to_bytes(4) + head)
    process.stdin.write(content)
    await process.stdin.drain()
    size = int.from_bytes(await process.stdout.readexactly(4))
    answer: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
    return answer


@asynccontextmanager
async def opened(most: int, timeout_s: float) -> AsyncGenerator[Workers]:
    """No process is there before the first calendar, and none afterwards."""
    workers = Workers(most, timeout_s)
    try:
        yield workers
    finally:
        await workers.close()
