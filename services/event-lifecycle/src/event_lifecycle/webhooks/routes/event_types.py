"""`/webhooks/event-types`: what there is to hear of."""

from functools import cache

from fastapi import APIRouter, Request, Response

from contracts.schemas import of_webhook
from contracts.webhooks import MESSAGES
from event_lifecycle.showing import shown_as
from event_lifecycle.webhooks.message_bodies import DescribedType, TypeList

router = APIRouter(prefix="/api/v1/webhooks/event-types", tags=["webhooks"])


@router.get(
    "",
    operation_id="list_event_types",
    summary="The types of messages, with schema and example",
    response_model=TypeList,
)
async def list_event_types(request: Request) -> Response:
    """The same for everybody, so no credential is asked for."""
    return shown_as(request, _catalogue())


@cache
def _catalogue() -> TypeList:
    return TypeList(
        items=tuple(
            DescribedType(
                type=type_,
                description=message.description,
                schema=dict(of_webhook(type_, message)),
                example=dict(message.example),
            )
            for type_, message in MESSAGES.items()
        )
    )
