"""Where work is done: beside the event loop if it takes long, and while somebody waits for it."""

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from recommender.ranking.stopping import stop_when

T = TypeVar("T")


async def off_the_loop_if(heavy: bool, work: Callable[[], T]) -> T:
    """What others should not wait for is done in a thread; a short thing is faster without.

    A thread whose caller is cancelled ends at its next `checkpoint`.
    """
    return await _off_the_loop(work) if heavy else work()


async def _off_the_loop(work: Callable[[], T]) -> T:
    given_up = Event()

    def stoppable() -> T:
        stop_when(given_up.is_set)
        return work()

    try:
        return await asyncio.to_thread(stoppable)
    except asyncio.CancelledError:
        given_up.set()
        raise
