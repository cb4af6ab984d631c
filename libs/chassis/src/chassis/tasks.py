"""Ends background tasks for sure."""

import asyncio
from typing import Any

_AGAIN_S = 0.2


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel the task until it has ended, whatever it ends with.

    Once is not always enough: `asyncio.wait_for` before Python 3.12 loses a cancellation that
    meets the end of what it waits for, and so do libraries that turn it into an error of theirs.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_S)
    if not task.cancelled():
        task.exception()  # seen: it is not reported as forgotten
