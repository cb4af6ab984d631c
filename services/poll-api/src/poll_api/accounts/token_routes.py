"""`/accounts/me/tokens`: personal tokens, for scripts."""

from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from chassis.conditional import etag, not_modified
from chassis.openapi import without_headers
from chassis.problems import FieldError, Problem, invalid, problem_responses
from eventstore.once import Work, response
from eventstore.sealing import Answer
from poll_api.accounts import personal_tokens
from poll_api.accounts.bodies import MadeToken, NewToken, TokenAnswer, TokenPage
from poll_api.accounts.personal_tokens import TokenRow, mint_token
from poll_api.accounts.records import Connection
from poll_api.accounts.repeating import answered_once, subject_of
from poll_api.accounts.service import Accounts, Opened
from poll_api.accounts.visits import Me, Visit

_SEQUENCES = "Commontime-Min-Sequence"

router = APIRouter(
    prefix="/api/v1/accounts/me/tokens",
    tags=["accounts"],
    responses=problem_responses("unauthenticated"),
)


@router.post(
    "",
    operation_id="create_personal_token",
    summary="Make a personal token",
    status_code=201,
    response_model=MadeToken,
    responses=problem_responses(
        "forbidden", "too_many_tokens", "idempotency_key_reused", "idempotency_in_flight"
    ),
    openapi_extra=without_headers(_SEQUENCES),
)
async def create_personal_token(
    body: NewToken, me: Me, accounts: Opened, request: Request
) -> Response:
    """The token is shown this once. It opens `POST /sessions` and nothing else.

    A script that came with a personal token cannot make more of them.
    """

    async def prepare() -> Work:
        return await _made(accounts, me, body)

    return await answered_once(accounts, request, prepare, caller=str(me.account_id))


@router.get(
    "",
    operation_id="list_personal_tokens",
    summary="One's personal tokens",
    response_model=TokenPage,
    openapi_extra=without_headers(_SEQUENCES),
)
async def list_personal_tokens(me: Me, accounts: Opened, request: Request) -> Response:
    """The oldest first, without the tokens themselves."""
    async with accounts.pool.connection() as connection:
        rows = await personal_tokens.listed(connection, me.account_id)
    body = TokenPage(items=[_shown(row) for row in rows]).model_dump_json().encode()
    tag = etag(me.account.version, body)
    return not_modified(request, tag) or response(Answer(200, body, {"ETag": tag}))


@router.delete(
    "/{token_id}",
    operation_id="delete_personal_token",
    summary="Delete a personal token",
    status_code=204,
    response_class=Response,
    responses=problem_responses("not_found"),
    openapi_extra=without_headers(_SEQUENCES, "If-Match"),
)
async def delete_personal_token(token_id: UUID, me: Me, accounts: Opened) -> Response:
    """Access tokens that came from it are good for their minutes, but not here."""
    async with accounts.pool.connection() as connection:
        if not await personal_tokens.delete(connection, me.account_id, token_id):
            raise Problem("not_found")
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


async def _made(accounts: Accounts, me: Visit, body: NewToken) -> Work:
    if body.expires_at is not None and body.expires_at <= accounts.clock():
        raise invalid(FieldError("/expires_at", "in_the_past", "must lie in the future"))

    async def work(connection: Connection) -> tuple[Answer, str]:
        if me.grant and await personal_tokens.is_one(connection, me.grant):
            detail = "This needs somebody who signed in, not a personal token."
            raise Problem("forbidden", detail, needs=["password"])
        token = mint_token()
        row = await personal_tokens.add(
            connection, me.account_id, body.name, token, body.expires_at
        )
        if row is None:
            raise Problem("too_many_tokens")
        made = {**orjson.loads(_shown(row).model_dump_json()), "token": token}
        return Answer(201, orjson.dumps(made)), subject_of(me.account_id)

    return work


def _shown(row: TokenRow) -> TokenAnswer:
    return TokenAnswer(
        id=row.token_id,
        name=row.name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )
