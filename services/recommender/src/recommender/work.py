"""Where work is done: beside the event loop if it takes long, and while somebody waits for it."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import BoundedSemaphore, Event
from typing import Any, TypeVar

from fastapi import Request, Response

from chassis.tasks import end
from recommender.ranking.stopping import stop_when

T = TypeVar("T")

AT_ONCE = 2
"""More would only take the processor from each other and from the event loop."""
MOST = 32
"""So much heavy work is under way or waits, at most."""
_CLIENT_CLOSED = 499

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="heavy-work")
_places = BoundedSemaphore(MOST)


class Overloaded(Exception):
    """The request was not begun. Repeat in a moment."""


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


async def off_the_loop_if(heavy: bool, work: Callable[[], T]) -> T:
    """What others should not wait for is done in a thread; a short thing is faster without.

    A thread whose caller is cancelled ends at its next `checkpoint`. Raises `Overloaded` where
    too much heavy work waits already.
    """
    return await _off_the_loop(work) if heavy else work()


async def _off_the_loop(work: Callable[[], T]) -> T:
    given_up = Event()

    def stoppable() -> T:
        stop_when(given_up.is_set)
        return work()

    if not _places.acquire(blocking=False):
        raise Overloaded
    future = _threads.submit(copy_context().run, stoppable)
    # Not when the caller has gone: a thread takes its place until it has really ended.
    future.add_done_callback(lambda _: _places.release())
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        given_up.set()
        raise


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work for the client of a request, whose body has been read or is not wanted.

    Where the client goes away, cancels the work, waits for its end, and raises `ClientGone`.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        leaving.cancel()
        await end(working)


async def nobody_to_answer(_request: Request, _gone: Exception) -> Response:
    """The answer to a client that has gone: seen by metrics and logs alone."""
    return Response(status_code=_CLIENT_CLOSED)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
