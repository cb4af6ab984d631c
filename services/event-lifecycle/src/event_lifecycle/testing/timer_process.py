"""A process that fires timers as the service does and does nothing else, to be killed.

`TimerProcess` starts it; the process itself is told its database by a variable and writes a byte
for each claim that fired something.
"""

import asyncio
import os
import sys
from importlib.resources import files
from typing import Self

from timers.loop import TimerLoop

_VARIABLE = "DATABASE_URL_OF_TIMERS"


class TimerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def starts(cls, database: str) -> Self:
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__),
                env={**os.environ, _VARIABLE: database},
                stdout=asyncio.subprocess.PIPE,
            )
        )

    async def fires(self) -> None:
        """Wait until it has fired something more."""
        assert self._process.stdout
        assert await self._process.stdout.read(1), "it ended"

    async def dies(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()


async def fire_for_ever(database: str) -> None:
    claim = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()

    def tell(_: object) -> None:
        os.write(sys.stdout.fileno(), b".")

    async with TimerLoop(database, claim, on_fired=tell, name="completions"):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(fire_for_ever(os.environ[_VARIABLE]))
