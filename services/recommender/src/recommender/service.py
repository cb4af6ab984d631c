"""What the routes of recommender work with."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from chassis.database import Pool
from inbox.inbox import Inbox
from recommender.answers import Answers
from recommender.known_polls import KnownPolls


@dataclass(frozen=True)
class Service:
    """Opened by `main`, closed with it."""

    pool: Pool
    inbox: Inbox
    polls: KnownPolls
    answers: Answers


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)
