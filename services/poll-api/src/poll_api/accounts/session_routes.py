"""`/sessions`: signing in, renewing, signing out."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from chassis.access import token_of
from chassis.access_tokens import unauthenticated
from chassis.credentials import PERSONAL_TOKEN_PREFIX
from chassis.openapi import without_headers
from chassis.problems import problem_responses
from eventstore.once import Work, response
from poll_api.accounts import examples, signing_in
from poll_api.accounts.bodies import SignedIn, SignIn
from poll_api.accounts.repeating import answered_once
from poll_api.accounts.service import Opened

_SEQUENCES = "Commontime-Min-Sequence"

router = APIRouter(
    prefix="/api/v1/sessions", tags=["accounts"], responses=problem_responses("unauthenticated")
)


@router.post(
    "",
    operation_id="sign_in",
    summary="Sign in",
    response_model=SignedIn,
    responses=problem_responses(
        "too_many_requests", "idempotency_key_reused", "idempotency_in_flight"
    ),
    openapi_extra=without_headers(_SEQUENCES),
)
async def sign_in(
    accounts: Opened,
    request: Request,
    body: Annotated[SignIn | None, Body(examples=[examples.SIGN_IN])] = None,
) -> Response:
    """With e-mail and password; the refresh token comes as a cookie, for browsers.

    Or with a personal token, as `Authorization: Bearer ct_pat_…` and without a body: then without
    a cookie. An address without an account and a wrong password look alike and take as long.
    """
    token = token_of(request) or ""
    if token.startswith(PERSONAL_TOKEN_PREFIX) and body is None:
        return await answered_once(
            accounts, request, lambda: signing_in.with_personal_token(accounts, token), caller=token
        )
    if body is None:
        raise unauthenticated("Send e-mail and password, or a personal token.")
    known = body

    async def prepare() -> Work:
        return await signing_in.with_password(accounts, request, known)

    return await answered_once(accounts, request, prepare)


@router.post(
    "/refresh",
    operation_id="refresh_session",
    summary="Renew an access token",
    response_model=SignedIn,
    openapi_extra=without_headers(_SEQUENCES, "Idempotency-Key"),
)
async def refresh_session(accounts: Opened, request: Request) -> Response:
    """With the cookie, which is replaced. One that was replaced before ends the session.

    For half a minute after a renewal the cookie before gets the same answer, in case the first
    one was lost or two tabs asked at once.
    """
    return response(await signing_in.renewed(accounts, accounts.cookie.of(request)))


@router.delete(
    "/current",
    operation_id="sign_out",
    summary="Sign out",
    status_code=204,
    response_class=Response,
    openapi_extra=without_headers(_SEQUENCES, "If-Match"),
)
async def sign_out(accounts: Opened, request: Request) -> Response:
    """Ends the session of the cookie. Access tokens that are out are good for their minutes."""
    await signing_in.ended(accounts, accounts.cookie.of(request))
    headers = {"Cache-Control": "no-store", **accounts.cookie.clear()}
    return Response(status_code=204, headers=headers)
