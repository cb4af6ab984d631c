"""What the routes of recommender work with."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from chassis.database import Pool
from inbox.inbox import Inbox
from recommender.answers import Answers
from recommender.entries import Entries
from recommender.feed import Feed
from recommender.live.hub import Hub


@dataclass(frozen=True)
class Service:
    """Opened by `main`, closed with it."""

    pool: Pool
    inbox: Inbox
    entries: Entries
    answers: Answers
    feed: Feed
    hub: Hub


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


async def _opened(request: Request) -> Service:
    # A coroutine: FastAPI would run a plain function in a thread.
    return service_of(request)


Opened = Annotated[Service, Depends(_opened)]
