"""Who holds a poll: new links for it, and other hands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from chassis.credentials import Shown
from chassis.problems import problem_responses
from chassis.sequences import min_sequence
from eventstore.edge import idempotent_request, respond, respond_again
from poll_api import handlers
from poll_api.answers import PollAnswer, RotatedLink
from poll_api.ownership import ClaimBody, RotateBody, TransferBody
from poll_api.routes.refusing import MANAGING, REPEATED
from poll_api.service import Opened
from poll_api.visits import LABEL, Account, claiming_visit, managing_visit, visit

router = APIRouter(prefix="/api/v1/polls", tags=["polls"])
Least = Annotated[dict[str, int], Depends(min_sequence)]


@router.post(
    "/{poll_id}/links/rotate",
    operation_id="rotate_poll_link",
    summary="Replace a link of a poll",
    response_model=RotatedLink,
    responses=problem_responses(*MANAGING, *REPEATED),
)
async def rotate_poll_link(
    poll_id: UUID,
    body: RotateBody,
    service: Opened,
    request: Request,
    shown: Shown,
    least: Least,
) -> Response:
    """The new link is shown this once. The old one opens nothing any more, also where it is yours.

    With an `Idempotency-Key` an answer that got lost can be asked for again with the old link.
    """
    repeated = await idempotent_request(request)
    replay = await service.store.replayed(repeated) if repeated else None
    if replay is not None:
        return respond_again(replay, LABEL)
    visitor = await managing_visit(await visit(request, poll_id, shown, least))
    return respond(await handlers.rotate(service, visitor, body.which, repeated), LABEL)


@router.post(
    "/{poll_id}/claim",
    operation_id="claim_poll",
    summary="Take a poll into an account",
    response_model=PollAnswer,
    responses=problem_responses(*MANAGING, *REPEATED, "poll_owned"),
)
async def claim_poll(
    poll_id: UUID, body: ClaimBody, account_id: Account, service: Opened, request: Request
) -> Response:
    """With the account's access token, and the organiser's link of a poll that nobody owns yet.

    The link goes on working; whoever else has it can be shut out by rotating it.
    """
    repeated = await idempotent_request(request)
    visitor = await claiming_visit(service, poll_id, body.organiser)
    return respond(await handlers.claim(service, visitor, account_id, repeated), LABEL)


@router.post(
    "/{poll_id}/transfer",
    operation_id="transfer_poll",
    summary="Hand a poll to another account",
    response_model=PollAnswer,
    responses=problem_responses(*MANAGING, *REPEATED, "invalid"),
)
async def transfer_poll(
    poll_id: UUID,
    body: TransferBody,
    service: Opened,
    request: Request,
    shown: Shown,
    least: Least,
) -> Response:
    """By the account that owns it; a link is not enough. The organiser's link goes on working."""
    repeated = await idempotent_request(request)
    replay = await service.store.replayed(repeated) if repeated else None
    if replay is not None:
        return respond_again(replay, LABEL)
    visitor = await managing_visit(await visit(request, poll_id, shown, least))
    return respond(await handlers.transfer(service, visitor, body.account_id, repeated), LABEL)
