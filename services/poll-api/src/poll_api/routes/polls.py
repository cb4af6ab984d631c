"""Polls as such: opened, listed, read, revised, erased."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.access import Role
from chassis.conditional import required_match
from chassis.credentials import Shown
from chassis.problems import problem_responses
from chassis.sequences import HEADER, format_sequences
from eventstore.edge import idempotent_request, respond
from poll_api import handlers
from poll_api.answers import (
    HistoryPage,
    OpenedPollAnswer,
    PollAnswer,
    PollPage,
    history_page,
    poll_answer,
)
from poll_api.listing import polls_of
from poll_api.proposal import Proposal
from poll_api.proposal_patch import ProposalPatch
from poll_api.routes.refusing import CHANGING, LOOKING, MANAGING, REPEATED
from poll_api.routes.showing import page_shown, poll_shown
from poll_api.service import Opened
from poll_api.visits import LABEL, Account, Historian, Manager, Visitor

router = APIRouter(prefix="/api/v1/polls", tags=["polls"])


@router.post(
    "",
    operation_id="open_poll",
    summary="Open a poll",
    status_code=201,
    response_model=OpenedPollAnswer,
    responses=problem_responses("unauthenticated", "invalid", *REPEATED),
)
async def open_poll(body: Proposal, service: Opened, request: Request, shown: Shown) -> Response:
    """The answer holds the organiser's and the participants' links; they are shown this once.

    With an access token the poll belongs to its account.
    """
    repeated = await idempotent_request(request)
    return respond(await handlers.open_poll(service, body, shown.account_id, repeated), LABEL)


@router.get(
    "",
    operation_id="list_polls",
    summary="Polls of an account, newest first",
    response_model=PollPage,
    responses=problem_responses("unauthenticated"),
)
async def list_polls(
    account_id: Account,
    service: Opened,
    request: Request,
    after: Annotated[UUID | None, Query(description="The `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Those it owns and those that invite it. Needs an access token: links list nothing."""
    return page_shown(request, await polls_of(service, account_id, after, limit))


@router.get(
    "/{poll_id}",
    operation_id="get_poll",
    summary="Read a poll",
    response_model=PollAnswer,
    responses=problem_responses(*LOOKING),
)
async def get_poll(visit: Visitor, request: Request) -> Response:
    """Everyone with one of the poll's links may, its owner, and the accounts it invites.

    Anyone at all where `access` is `public`; where it is `invited`, the answer link is not enough.
    """
    # Organisers see more of a version than everyone: neither is told that the other's is theirs.
    audience = None if visit.caller.role is Role.ORGANISER else b"everyone"
    return poll_shown(
        request, visit.poll.version, lambda: poll_answer(visit.poll, visit.caller), audience
    )


@router.patch(
    "/{poll_id}",
    operation_id="revise_poll",
    summary="Revise a poll",
    response_model=PollAnswer,
    responses=problem_responses(*CHANGING, "precondition_required", "poll_finalised"),
)
async def revise_poll(
    body: ProposalPatch, visit: Manager, service: Opened, request: Request
) -> Response:
    """A JSON merge patch: what is absent stays, null goes back to the default.

    Schedules stay as submitted. Once the poll is finalised only title, description, access,
    invited and visibility change.
    """
    outcome = await handlers.revise(service, visit, body, required_match(request))
    return respond(outcome, LABEL)


@router.delete(
    "/{poll_id}",
    operation_id="erase_poll",
    summary="Erase a poll",
    status_code=204,
    responses=problem_responses(
        *MANAGING, "precondition_failed", "precondition_required", "conflict"
    ),
)
async def erase_poll(visit: Manager, service: Opened, request: Request) -> Response:
    """For good, everywhere: what people wrote and said is gone, and so are its links and event.

    Only that there was a poll, and when, is still known, to nobody who asks here.
    """
    outcome = await handlers.erase(service, visit, required_match(request))
    return Response(status_code=204, headers={HEADER: format_sequences({LABEL: outcome.sequence})})


@router.get(
    "/{poll_id}/history",
    operation_id="get_poll_history",
    summary="What happened to a poll",
    response_model=HistoryPage,
    responses=problem_responses(*MANAGING),
)
async def get_poll_history(
    visit: Historian,
    service: Opened,
    request: Request,
    after: Annotated[int, Query(ge=0, description="The `next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The poll's facts in order, for the organiser."""
    recorded = await service.store.read_key(str(visit.poll.poll_id), after, limit + 1)
    return poll_shown(request, visit.poll.version, lambda: history_page(recorded, limit))
