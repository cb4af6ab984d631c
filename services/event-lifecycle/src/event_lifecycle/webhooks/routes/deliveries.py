"""`/webhooks/deliveries`: what was sent to whom, and what came of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.problems import problem_responses
from contracts.webhooks import EventType
from event_lifecycle.service import Opened
from event_lifecycle.showing import shown_as
from event_lifecycle.webhooks import recovery
from event_lifecycle.webhooks.delivery_bodies import (
    AttemptList,
    Delivery,
    DeliveryPage,
    DeliveryState,
)
from event_lifecycle.webhooks.delivery_log import (
    DeliveryFilter,
    read_attempts,
    read_deliveries,
    read_delivery,
)
from event_lifecycle.webhooks.owners import Lists, Owns
from event_lifecycle.webhooks.routes.parameters import LAST, After, Subject

router = APIRouter(
    prefix="/api/v1/webhooks/deliveries",
    tags=["webhooks"],
    responses=problem_responses("unauthenticated", "forbidden", "not_found"),
)
Id = Annotated[int, Path(ge=1, le=LAST)]


@router.get(
    "",
    operation_id="list_deliveries",
    summary="What was sent, newest first",
    response_model=DeliveryPage,
    responses=problem_responses("behind", "owner_unavailable"),
)
async def list_deliveries(
    owner: Lists,
    service: Opened,
    request: Request,
    endpoint: UUID | None = None,
    state: DeliveryState | None = None,
    type_: Annotated[EventType | None, Query(alias="type")] = None,
    subject: Subject = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """A delivery is `dead` after its last attempt: nothing is dropped silently."""
    wanted = DeliveryFilter(endpoint, state, type_, subject, after, limit)
    return shown_as(request, await read_deliveries(service.pool, owner, wanted))


@router.get(
    "/{delivery_id}",
    operation_id="get_delivery",
    summary="One delivery",
    response_model=Delivery,
)
async def get_delivery(delivery_id: Id, owner: Owns, service: Opened, request: Request) -> Response:
    """With `webhook-timestamp` from an attempt, the signature can be computed again."""
    return shown_as(request, await read_delivery(service.pool, delivery_id, owner))


@router.get(
    "/{delivery_id}/attempts",
    operation_id="list_delivery_attempts",
    summary="The attempts at one delivery",
    response_model=AttemptList,
)
async def list_delivery_attempts(
    delivery_id: Id, owner: Owns, service: Opened, request: Request
) -> Response:
    """A number that is missing is of an attempt during which the process ended."""
    return shown_as(request, await read_attempts(service.pool, delivery_id, owner))


@router.post(
    "/{delivery_id}/retry",
    operation_id="retry_delivery",
    summary="Send a message again now",
    status_code=202,
    response_model=Delivery,
    responses=problem_responses(
        "endpoint_disabled", "idempotency_key_reused", "idempotency_in_flight"
    ),
)
async def retry_delivery(
    delivery_id: Id, owner: Owns, service: Opened, request: Request
) -> Response:
    """One that is done gets all its attempts anew, one that waits is sent at once."""
    return await recovery.retry(service, request, owner, delivery_id)
