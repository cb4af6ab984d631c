"""`/webhooks/endpoints`: who is told of what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.conditional import required_match
from chassis.problems import FieldError, invalid, problem_responses
from event_lifecycle.credentials import Shown
from event_lifecycle.service import Opened, Service
from event_lifecycle.showing import shown_as
from event_lifecycle.visits import Least
from event_lifecycle.webhooks.addresses import ForbiddenTarget, check_url
from event_lifecycle.webhooks.answers import show_endpoint
from event_lifecycle.webhooks.bodies import (
    Endpoint,
    EndpointBody,
    EndpointPage,
    EndpointPatch,
    NewEndpoint,
)
from event_lifecycle.webhooks.endpoints import (
    delete_endpoint,
    read_endpoint,
    read_endpoints,
    revise_endpoint,
)
from event_lifecycle.webhooks.owners import Lists, Owner, Owns, owner_of_poll
from event_lifecycle.webhooks.registration import register

router = APIRouter(
    prefix="/api/v1/webhooks/endpoints",
    tags=["webhooks"],
    responses=problem_responses("unauthenticated", "forbidden"),
)
Limit = Annotated[int, Query(ge=1, le=1000)]
_OF_SETTINGS = ("not_found", "endpoint_of_settings")
_MATCHING = ("precondition_failed", "precondition_required")


@router.post(
    "",
    operation_id="create_endpoint",
    summary="Register an endpoint",
    status_code=201,
    response_model=NewEndpoint,
    responses=problem_responses(
        "not_found",
        "behind",
        "owner_unavailable",
        "too_many_endpoints",
        "idempotency_key_reused",
        "idempotency_in_flight",
    ),
)
async def create_endpoint(
    body: EndpointBody, shown: Shown, least: Least, service: Opened, request: Request
) -> Response:
    """The secret for verifying signatures is in this answer only.

    With `poll_id` it needs the poll's organiser link or the account that owns it; without it the
    admin token, or an access token: then it is of that account, and hears of all its polls. The
    instance may have 1,000 endpoints, a poll and an account 20, unless its settings say otherwise.
    """
    owner = Owner(account_id=None if shown.admin else shown.shown.account_id)
    if body.poll_id is not None:
        owner = await owner_of_poll(service, shown, body.poll_id, least)
    else:
        shown.require_known()
    _check(service, body)
    return await register(service, request, owner, body)


@router.get(
    "",
    operation_id="list_endpoints",
    summary="The caller's endpoints",
    response_model=EndpointPage,
    responses=problem_responses("not_found", "behind", "owner_unavailable"),
)
async def list_endpoints(
    owner: Lists,
    service: Opened,
    request: Request,
    after: Annotated[UUID | None, Query(description="The `next` of the page before")] = None,
    limit: Limit = 100,
) -> Response:
    """In the order in which they were registered; for the admin, all.

    An account has its own, and those of the polls that it owns.
    """
    return shown_as(request, await read_endpoints(service.pool, owner, after, limit))


@router.get(
    "/{endpoint_id}",
    operation_id="get_endpoint",
    summary="One endpoint",
    response_model=Endpoint,
    responses=problem_responses("not_found"),
)
async def get_endpoint(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    return show_endpoint(request, await read_endpoint(service.pool, endpoint_id, owner))


@router.patch(
    "/{endpoint_id}",
    operation_id="revise_endpoint",
    summary="Change an endpoint",
    response_model=Endpoint,
    responses=problem_responses(*_OF_SETTINGS, *_MATCHING),
)
async def change_endpoint(
    endpoint_id: UUID, body: EndpointPatch, owner: Owns, service: Opened, request: Request
) -> Response:
    """What is under way is still sent as it was. With another URL its failures are forgotten."""
    version = _version(request)
    _check(service, body)
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    if "types" in changes:
        changes["types"] = list(changes["types"])
    return show_endpoint(
        request, await revise_endpoint(service.pool, endpoint_id, owner, changes, version)
    )


@router.delete(
    "/{endpoint_id}",
    operation_id="delete_endpoint",
    summary="Delete an endpoint and its log",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*_OF_SETTINGS, *_MATCHING),
)
async def remove_endpoint(
    endpoint_id: UUID, owner: Owns, service: Opened, request: Request
) -> Response:
    """What was not delivered yet is not delivered any more."""
    await delete_endpoint(service.pool, endpoint_id, owner, _version(request))
    return Response(status_code=204)


def _version(request: Request) -> int | None:
    """The version that must hold; any does for `*`."""
    match = required_match(request)
    return match if isinstance(match, int) else None


def _check(service: Service, body: EndpointBody | EndpointPatch) -> None:
    """Raises the problem `invalid` for what this instance does not permit."""
    errors: list[FieldError] = []
    if body.url is not None:
        try:
            check_url(body.url, service.settings.webhook_targets)
        except ForbiddenTarget as refused:
            errors.append(FieldError("/url", "forbidden_target", str(refused)))
    most = service.settings.webhook_rate
    if body.rate is not None and body.rate > most:
        errors.append(FieldError("/rate", "out_of_range", f"must be at most {most}"))
    if errors:
        raise invalid(*errors)
