"""Enter the lifespans of several applications together: mounted ones do not run by themselves."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def together(apps: Iterable[FastAPI]) -> AsyncGenerator[None, None]:
    """Run the lifespans at once. If one fails to start, all are left and its error is raised."""
    stopping = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            started = [_enter(app, stopping, group) for app in apps]
            try:
                await asyncio.gather(*started)
                yield
            finally:
                stopping.set()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _enter(app: FastAPI, stopping: asyncio.Event, group: asyncio.TaskGroup) -> asyncio.Future[None]:
    """Each lifespan is entered and left in a task of its own: task groups inside ask for that."""
    entered = asyncio.get_running_loop().create_future()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            entered.set_result(None)
            await stopping.wait()

    task = group.create_task(live())
    task.add_done_callback(lambda _: entered.done() or entered.cancel())
    return entered
