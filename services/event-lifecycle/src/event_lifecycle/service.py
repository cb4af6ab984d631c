"""What the routes of event-lifecycle work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from chassis.clock import Clock
from chassis.database import Pool
from event_lifecycle.live.hub import EventHub
from event_lifecycle.settings import Settings
from event_lifecycle.webhooks.sealing import Seal
from eventstore.store import EventStore
from inbox.inbox import Inbox


@dataclass(frozen=True)
class Service:
    """Opened by `main`, closed with it. `clock` follows the database's, the one timers obey.

    `wake_dispatcher` has it look for deliveries that were just committed.
    """

    settings: Settings
    pool: Pool
    clock: Clock
    store: EventStore
    inbox: Inbox
    seal: Seal
    hub: EventHub
    wake_dispatcher: Callable[[], None]


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


async def _opened(request: Request) -> Service:
    # A coroutine: FastAPI would run a plain function in a thread.
    return service_of(request)


Opened = Annotated[Service, Depends(_opened)]
