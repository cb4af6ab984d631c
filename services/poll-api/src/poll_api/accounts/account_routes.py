"""`/accounts`: registering, changing, deleting, and passwords that were forgotten."""

from fastapi import APIRouter, Request, Response

from chassis.conditional import etag, if_match, not_modified
from chassis.openapi import without_headers
from chassis.problems import Problem, problem_responses
from eventstore.once import response
from eventstore.sealing import Answer
from poll_api.accounts import deleting, registering
from poll_api.accounts.bodies import (
    AccountAnswer,
    AccountPatch,
    Deletion,
    Redemption,
    Registration,
    Reset,
)
from poll_api.accounts.repeating import answered_once
from poll_api.accounts.service import Opened
from poll_api.accounts.visits import Me

_SEQUENCES = "Commontime-Min-Sequence"
_REPEATED = ("idempotency_key_reused", "idempotency_in_flight")

router = APIRouter(
    prefix="/api/v1/accounts", tags=["accounts"], responses=problem_responses("too_many_requests")
)


@router.post(
    "",
    operation_id="register_account",
    summary="Register an account",
    status_code=201,
    response_model=AccountAnswer,
    responses=problem_responses("email_taken", *_REPEATED),
    openapi_extra=without_headers(_SEQUENCES),
)
async def register_account(body: Registration, accounts: Opened, request: Request) -> Response:
    """Nobody needs one to take part in a poll. It owns the polls it opens, and can be invited."""
    return await answered_once(
        accounts, request, lambda: registering.register(accounts, request, body)
    )


@router.get(
    "/me",
    operation_id="get_account",
    summary="Read one's account",
    response_model=AccountAnswer,
    responses=problem_responses("unauthenticated"),
    openapi_extra=without_headers(_SEQUENCES),
)
async def get_account(me: Me, request: Request) -> Response:
    """The account of the access token."""
    tag = etag(me.account.version)
    unchanged = not_modified(request, tag)
    return unchanged or response(Answer(200, registering.shown(me.account), {"ETag": tag}))


@router.patch(
    "/me",
    operation_id="change_account",
    summary="Change one's address or password",
    response_model=AccountAnswer,
    responses=problem_responses(
        *("unauthenticated", "forbidden", "email_taken", "conflict", "precondition_failed")
    ),
    openapi_extra=without_headers(_SEQUENCES),
)
async def change_account(
    body: AccountPatch, me: Me, accounts: Opened, request: Request
) -> Response:
    """Another password ends all other sessions; personal tokens stay until they are deleted."""
    row = await registering.change(accounts, request, me, body, if_match(request))
    return response(Answer(200, registering.shown(row), {"ETag": etag(row.version)}))


@router.delete(
    "/me",
    operation_id="delete_account",
    summary="Delete one's account",
    status_code=204,
    response_class=Response,
    responses=problem_responses("unauthenticated", "forbidden"),
    openapi_extra=without_headers(_SEQUENCES, "If-Match"),
)
async def delete_account(body: Deletion, me: Me, accounts: Opened, request: Request) -> Response:
    """Its sessions, tokens and feed go with it; its polls stay, and their links go on working.

    Access tokens that are out are good for their minutes, but not here.
    """
    await registering.confirm_deletion(accounts, request, me.account, body)
    await deleting.delete(accounts, me.account_id)
    headers = {"Cache-Control": "no-store", **accounts.cookie.clear()}
    return Response(status_code=204, headers=headers)


@router.post(
    "/password-resets",
    operation_id="ask_for_password_reset",
    summary="Have a mail sent about a forgotten password",
    status_code=202,
    response_class=Response,
    responses=problem_responses("not_found"),
    openapi_extra=without_headers(_SEQUENCES, "Idempotency-Key"),
)
async def ask_for_password_reset(body: Reset, accounts: Opened, request: Request) -> Response:
    """The same answer whether the address has an account or not.

    404 where this instance sends no mail: its administrator can set a new password.
    """
    if accounts.resets is None:
        detail = "This instance sends no mail; its administrator can set a new password."
        raise Problem("not_found", detail)
    accounts.attempts.mail(request, body.email)
    accounts.resets.ask(body.email)
    return Response(status_code=202, headers={"Cache-Control": "no-store"})


@router.post(
    "/password-resets/redeem",
    operation_id="redeem_password_reset",
    summary="Choose a new password with the token out of the mail",
    status_code=204,
    response_class=Response,
    openapi_extra=without_headers(_SEQUENCES, "Idempotency-Key"),
)
async def redeem_password_reset(body: Redemption, accounts: Opened, request: Request) -> Response:
    """The token is good once and for an hour. All sessions end, all personal tokens go."""
    await registering.set_forgotten(accounts, request, body)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
