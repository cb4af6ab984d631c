import asyncio
from random import Random

import pytest

from eventstore.background import Works, keep_trying


async def a_cancelled_task() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


async def test_a_task_that_a_library_cancels_does_not_end_the_loop() -> None:
    came_back = asyncio.Event()
    sessions = iter([a_cancelled_task])

    async def session(_works: Works) -> None:
        fails = next(sessions, None)
        if fails:
            await fails()
        came_back.set()
        await asyncio.sleep(60)

    loop = asyncio.create_task(keep_trying("test", session, Random(1)))
    async with asyncio.timeout(5):
        await came_back.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
