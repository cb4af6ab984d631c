"""What the routes of availability work with."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from availability.settings import Settings
from chassis.database import Pool
from eventstore.store import EventStore
from inbox.inbox import Inbox


@dataclass(frozen=True)
class Service:
    """Opened by `main`, closed with it."""

    settings: Settings
    pool: Pool
    store: EventStore
    inbox: Inbox


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


async def _opened(request: Request) -> Service:
    # A coroutine: FastAPI would run a plain function in a thread.
    return service_of(request)


Opened = Annotated[Service, Depends(_opened)]
