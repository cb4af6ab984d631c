"""The HTTP API of personal feeds; status codes are decided here and nowhere deeper."""

import asyncio
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response

from calendars.answers import CalendarResponse, calendar_answer, shown_as_calendar
from calendars.writing import written_feed
from chassis.conditional import etag, not_modified
from chassis.openapi import without_headers
from chassis.problems import Problem, problem_responses
from eventstore.once import Work, response
from eventstore.sealing import Answer
from poll_api.accounts.records import Connection
from poll_api.accounts.repeating import answered_once, subject_of
from poll_api.accounts.service import Opened as OpenedAccounts
from poll_api.accounts.visits import Me
from poll_api.feeds.bodies import Feed, FeedBody, NewFeed
from poll_api.feeds.entries import meetings_of
from poll_api.feeds.examples import CALENDAR, NAME, REFRESH
from poll_api.feeds.keeping import drop_feed, find_feed, make_feed, read_feed
from poll_api.service import Opened

router = APIRouter(prefix="/api/v1", tags=["accounts"])
_MINE = "/accounts/me/feed"
_NO_SEQUENCE = without_headers("Commontime-Min-Sequence")
_NO_CONDITION = without_headers("Commontime-Min-Sequence", "If-Match")


@router.post(
    _MINE,
    operation_id="make_feed",
    summary="Make a personal feed for calendar programs",
    status_code=201,
    response_model=NewFeed,
    responses=problem_responses(
        "unauthenticated", "idempotency_key_reused", "idempotency_in_flight"
    ),
    openapi_extra=_NO_SEQUENCE,
)
async def make_feed_(
    me: Me,
    accounts: OpenedAccounts,
    service: Opened,
    request: Request,
    body: Annotated[FeedBody, Body()],
) -> Response:
    """An account has one feed: the link of the one before stops working. It is shown this once."""

    async def work(connection: Connection) -> tuple[Answer, str]:
        made = await make_feed(connection, me.account_id, body.holds, service.public_url)
        return Answer(201, made.model_dump_json().encode()), subject_of(me.account_id)

    async def prepare() -> Work:
        return work

    return await answered_once(accounts, request, prepare, caller=str(me.account_id))


@router.get(
    _MINE,
    operation_id="get_feed",
    summary="Whether there is a personal feed",
    response_model=Feed,
    responses=problem_responses("unauthenticated", "not_found"),
    openapi_extra=_NO_SEQUENCE,
)
async def get_feed(me: Me, service: Opened, request: Request) -> Response:
    """Its link is not kept: who has lost it makes another feed."""
    feed = await read_feed(service.pool, me.account_id)
    if feed is None:
        raise Problem("not_found")
    body = feed.model_dump_json().encode()
    tag = etag(me.account.version, body)
    return not_modified(request, tag) or response(Answer(200, body, {"ETag": tag}))


@router.delete(
    _MINE,
    operation_id="drop_feed",
    summary="Give up the personal feed",
    status_code=204,
    response_class=Response,
    responses=problem_responses("unauthenticated", "not_found"),
    openapi_extra=_NO_CONDITION,
)
async def drop_feed_(me: Me, service: Opened) -> Response:
    """Its link stops working at once."""
    if not await drop_feed(service.pool, me.account_id):
        raise Problem("not_found")
    return response(Answer(204, b""))


@router.get(
    "/feeds/{token}.ics",
    operation_id="get_feed_calendar",
    summary="An account's meetings for calendar programs",
    response_class=CalendarResponse,
    responses={**shown_as_calendar(CALENDAR), **problem_responses("not_found")},
    openapi_extra=_NO_SEQUENCE,
)
async def get_feed_calendar(
    token: Annotated[str, Path(description="From the link; it opens this and nothing else")],
    service: Opened,
    request: Request,
) -> Response:
    """What the account's polls decided, those it owns and those that invite it, latest first.

    At most 200 entries. A decided poll is CONFIRMED, at its event's UID; one that was reopened is
    TENTATIVE at the time that leads now, and not there while none does. With `holds` so is the
    leading time of a poll that never was decided. Whoever may not see a poll's results does not
    learn which time leads. SEQUENCE only grows.
    """
    feed = await find_feed(service.pool, token)
    if feed is None:
        raise Problem("not_found")
    meetings = await meetings_of(service.pool, feed.account_id, feed.holds, service.public_url)
    # Not on the event loop: two hundred long descriptions take their time.
    body = await asyncio.to_thread(written_feed, meetings, NAME, REFRESH)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    return calendar_answer(request, body, title=NAME, tag=tag)
