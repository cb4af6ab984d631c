"""Background work that outlives its failures."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import NoReturn, TypeAlias

import psycopg
import structlog
from aiokafka.errors import KafkaError

Works: TypeAlias = Callable[[], None]
"""What a session calls whenever it got something done, however little."""

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_EXPECTED = (psycopg.OperationalError, KafkaError, OSError, TimeoutError)

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def keep_trying(
    name: str, session: Callable[[Works], Awaitable[None]], rng: Random
) -> NoReturn:
    """Run `session` again and again until cancelled, after a failure with a growing pause.

    Pauses double from 0.1 s to 2 s, each shortened at random by up to a half. An outage logs its
    failures number 1, 2, 4, 8, …, and its end.
    """
    failures = 0

    def works() -> None:
        nonlocal failures
        if failures:
            _log.info("background work goes on", work=name, failures=failures)
            failures = 0

    while True:
        try:
            await session(works)
        # A loop that ends is worse than any failure. A library that cancels a task of its own
        # and awaits it lets that cancellation out, which was never meant for this loop.
        except (Exception, asyncio.CancelledError) as error:
            if _cancelled():
                raise asyncio.CancelledError from error
            failures += 1
            if failures & (failures - 1) == 0:
                _log.warning(
                    "background work failed, trying again",
                    work=name,
                    failures=failures,
                    error=f"{type(error).__name__}: {error}",
                    exc_info=not isinstance(error, _EXPECTED),
                )
        await asyncio.sleep(_pause(failures, rng))


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _pause(failures: int, rng: Random) -> float:
    longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(max(failures - 1, 0), 10))
    return longest * (1 - rng.random() / 2)
