"""`/webhooks/messages`: what was told, and to whom."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.bodies import Instant
from chassis.problems import problem_responses
from contracts.webhooks import EventType
from event_lifecycle.service import Opened
from event_lifecycle.showing import shown_as
from event_lifecycle.webhooks.message_bodies import Message, MessagePage
from event_lifecycle.webhooks.message_log import MessageFilter, read_message, read_messages
from event_lifecycle.webhooks.owners import Lists, Owns
from event_lifecycle.webhooks.refusals import UnknownMessage
from event_lifecycle.webhooks.routes.parameters import LAST, After, Subject

router = APIRouter(
    prefix="/api/v1/webhooks/messages",
    tags=["webhooks"],
    responses=problem_responses("unauthenticated", "forbidden", "not_found"),
)


@router.get(
    "",
    operation_id="list_messages",
    summary="What was told, newest first",
    response_model=MessagePage,
    responses=problem_responses("behind", "owner_unavailable"),
)
async def list_messages(
    owner: Lists,
    service: Opened,
    request: Request,
    type_: Annotated[EventType | None, Query(alias="type")] = None,
    subject: Subject = None,
    since: Annotated[Instant | None, Query(description="Only what happened then or later")] = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Where nobody heard of a type, there is no message. Kept for as long as WEBHOOK_KEEP says."""
    wanted = MessageFilter(None, type_, subject, since, after, limit)
    return shown_as(request, await read_messages(service.pool, owner, wanted))


@router.get(
    "/{message_id}",
    operation_id="get_message",
    summary="One message, and who gets it",
    response_model=Message,
)
async def get_message(
    message_id: Annotated[
        str, Path(pattern=r"^(msg_)?[0-9]{1,19}$", description="A `webhook-id`, or its number")
    ],
    owner: Owns,
    service: Opened,
    request: Request,
) -> Response:
    n = int(message_id.removeprefix("msg_"))
    if n > LAST:
        raise UnknownMessage
    return shown_as(request, await read_message(service.pool, owner, n))
