"""`/webhooks/endpoints/{id}/…`: what can be done to an endpoint, and how it has been doing."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.problems import FieldError, invalid, problem_responses
from event_lifecycle.service import Opened, Service
from event_lifecycle.showing import shown_as
from event_lifecycle.webhooks import recovery, registration, switching
from event_lifecycle.webhooks.bodies import Endpoint, EndpointStats, NewEndpoint
from event_lifecycle.webhooks.delivery_bodies import (
    LONGEST_SPAN,
    Delivery,
    RecoverBody,
    Recovered,
)
from event_lifecycle.webhooks.owners import Owns
from event_lifecycle.webhooks.recovery import Span
from event_lifecycle.webhooks.stats import read_stats

_REPEATABLE = ("idempotency_key_reused", "idempotency_in_flight")
router = APIRouter(
    prefix="/api/v1/webhooks/endpoints/{endpoint_id}",
    tags=["webhooks"],
    responses=problem_responses("unauthenticated", "forbidden", "not_found"),
)


@router.post(
    "/secret/rotate",
    operation_id="rotate_endpoint_secret",
    summary="Give an endpoint another secret",
    response_model=NewEndpoint,
    responses=problem_responses("endpoint_of_settings", *_REPEATABLE),
)
async def rotate_endpoint_secret(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    """The new secret is in this answer only.

    For 24 hours messages carry the signatures of the new secret and of the one before. Rotating
    again within that time keeps these two: a still older secret stops at once.
    """
    return await registration.rotate(service, request, owner, endpoint_id)


@router.post(
    "/test",
    operation_id="test_endpoint",
    summary="Send a test message",
    status_code=202,
    response_model=Delivery,
    responses=problem_responses("endpoint_disabled", *_REPEATABLE),
)
async def test_endpoint(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    """To this endpoint alone, whatever types it asked for. The delivery tells how it went."""
    return await recovery.test(service, request, owner, endpoint_id)


@router.post(
    "/enable",
    operation_id="enable_endpoint",
    summary="Send to an endpoint again",
    response_model=Endpoint,
    responses=problem_responses(*_REPEATABLE),
)
async def enable_endpoint(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    """Its former failures are forgotten. What it missed is sent when it is recovered."""
    return await switching.enable(service, request, owner, endpoint_id)


@router.post(
    "/disable",
    operation_id="disable_endpoint",
    summary="Send nothing more to an endpoint",
    response_model=Endpoint,
    responses=problem_responses(*_REPEATABLE),
)
async def disable_endpoint(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    """Its open deliveries, and those to come, are dead letters in its log."""
    return await switching.disable(service, request, owner, endpoint_id)


@router.post(
    "/recover",
    operation_id="recover_endpoint",
    summary="Send again what an endpoint missed",
    response_model=Recovered,
    responses=problem_responses("endpoint_disabled", *_REPEATABLE),
)
async def recover_endpoint(
    endpoint_id: UUID, body: RecoverBody, owner: Owns, service: Opened, request: Request
) -> Response:
    """The dead letters of a span of at most 30 days, or all that was sent in it.

    They go out under the ids they had, so that a receiver can tell what it knows already.
    """
    span = _span(service, body)
    return await recovery.recover(service, request, owner, endpoint_id, span)


@router.get(
    "/stats",
    operation_id="get_endpoint_stats",
    summary="How an endpoint has been doing",
    response_model=EndpointStats,
)
async def get_endpoint_stats(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    """Of the last hour and day, counted among its newest 100,000 deliveries."""
    rate = service.settings.webhook_rate
    return shown_as(request, await read_stats(service.pool, endpoint_id, owner, rate))


def _span(service: Service, body: RecoverBody) -> Span:
    until = body.until or service.clock()
    if until <= body.since:
        where = "/since" if body.until is None else "/until"
        raise invalid(FieldError(where, "end_not_after_start", "must lie before its end, or now"))
    if until - body.since > LONGEST_SPAN:
        days = LONGEST_SPAN // timedelta(days=1)
        raise invalid(FieldError("/since", "out_of_range", f"must be at most {days} days before"))
    return Span(body.since, until, body.deliveries == "all")
