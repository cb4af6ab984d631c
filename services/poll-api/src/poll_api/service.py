"""What the routes of poll-api work with."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Request

from chassis.clock import Clock
from chassis.database import Pool
from eventstore.store import EventStore
from inbox.inbox import Inbox


@dataclass(frozen=True)
class Service:
    """Opened by `main`, closed with it."""

    public_url: str
    pool: Pool
    store: EventStore
    inbox: Inbox
    clock: Clock


def service_in(app: FastAPI) -> Service:
    return cast(Service, app.state.service)


def service_of(request: Request) -> Service:
    """Dependency: what the application that got the request works with."""
    return service_in(request.app)


async def _opened(request: Request) -> Service:
    # A coroutine: FastAPI would run a plain function in a thread.
    return service_of(request)


Opened = Annotated[Service, Depends(_opened)]
