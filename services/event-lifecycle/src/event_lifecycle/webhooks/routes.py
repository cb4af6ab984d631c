"""The HTTP API of webhooks, the admin's alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.conditional import etag, required_match
from chassis.problems import FieldError, Problem, invalid, problem_responses
from event_lifecycle.credentials import admin
from event_lifecycle.service import Opened
from event_lifecycle.showing import shown_as
from event_lifecycle.webhooks.addresses import ForbiddenTarget, check_url
from event_lifecycle.webhooks.bodies import (
    AttemptList,
    DeliveryPage,
    DeliveryState,
    Endpoint,
    EndpointBody,
    EndpointPage,
    EventType,
    NewEndpoint,
)
from event_lifecycle.webhooks.endpoints import (
    DeliveryFilter,
    delete_endpoint,
    read_attempts,
    read_deliveries,
    read_endpoint,
    read_endpoints,
)
from event_lifecycle.webhooks.registration import register
from eventstore.edge import idempotent_request

router = APIRouter(
    prefix="/api/v1/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(admin)],
    responses=problem_responses("unauthenticated", "forbidden"),
)
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.post(
    "/endpoints",
    operation_id="create_endpoint",
    summary="Register an endpoint",
    status_code=201,
    response_model=NewEndpoint,
    responses=problem_responses("idempotency_key_reused", "idempotency_in_flight"),
)
async def create_endpoint(body: EndpointBody, service: Opened, request: Request) -> Response:
    """The secret for verifying signatures is in this answer only."""
    try:
        check_url(body.url, service.settings.webhook_targets)
    except ForbiddenTarget as refused:
        raise invalid(FieldError("/url", "forbidden_target", str(refused))) from refused
    registered = await register(service, body, await idempotent_request(request))
    answer = registered.answer
    replayed = {"Idempotent-Replayed": "true"} if registered.replayed else {}
    return Response(
        answer.body,
        status_code=answer.status,
        media_type="application/json",
        headers={**answer.headers, **replayed},
    )


@router.get(
    "/endpoints",
    operation_id="list_endpoints",
    summary="All endpoints",
    response_model=EndpointPage,
)
async def list_endpoints(
    service: Opened,
    request: Request,
    after: Annotated[UUID | None, Query(description="The `next` of the page before")] = None,
    limit: Limit = 100,
) -> Response:
    """In the order in which they were registered."""
    return shown_as(request, await read_endpoints(service.pool, after, limit))


@router.get(
    "/endpoints/{endpoint_id}",
    operation_id="get_endpoint",
    summary="One endpoint",
    response_model=Endpoint,
    responses=problem_responses("not_found"),
)
async def get_endpoint(endpoint_id: UUID, service: Opened, request: Request) -> Response:
    endpoint = await read_endpoint(service.pool, endpoint_id)
    if endpoint is None:
        raise Problem("not_found")
    return shown_as(request, endpoint, tag=etag(endpoint.version))


@router.delete(
    "/endpoints/{endpoint_id}",
    operation_id="delete_endpoint",
    summary="Delete an endpoint and its log",
    status_code=204,
    response_class=Response,
    responses=problem_responses("not_found", "precondition_failed", "precondition_required"),
)
async def remove_endpoint(endpoint_id: UUID, service: Opened, request: Request) -> Response:
    """What was not delivered yet is not delivered any more."""
    match = required_match(request)
    if await read_endpoint(service.pool, endpoint_id) is None:
        raise Problem("not_found")
    version = match if isinstance(match, int) else None
    if not await delete_endpoint(service.pool, endpoint_id, version):
        raise Problem("precondition_failed")
    return Response(status_code=204)


@router.get(
    "/deliveries",
    operation_id="list_deliveries",
    summary="What was sent, newest first",
    response_model=DeliveryPage,
)
async def list_deliveries(
    service: Opened,
    request: Request,
    endpoint: UUID | None = None,
    state: DeliveryState | None = None,
    type_: Annotated[EventType | None, Query(alias="type")] = None,
    after: Annotated[int | None, Query(description="The `next` of the page before")] = None,
    limit: Limit = 100,
) -> Response:
    """A delivery is `dead` after its last attempt: nothing is dropped silently."""
    wanted = DeliveryFilter(endpoint, state, type_, after, limit)
    return shown_as(request, await read_deliveries(service.pool, wanted))


@router.get(
    "/deliveries/{delivery_id}/attempts",
    operation_id="list_delivery_attempts",
    summary="The attempts at one delivery",
    response_model=AttemptList,
    responses=problem_responses("not_found"),
)
async def list_delivery_attempts(delivery_id: int, service: Opened, request: Request) -> Response:
    """An attempt without a result is one during which the process ended: it was made again."""
    attempts = await read_attempts(service.pool, delivery_id)
    if attempts is None:
        raise Problem("not_found")
    return shown_as(request, attempts)
