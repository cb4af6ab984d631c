"""What a client may ask twice is done once: `Idempotency-Key` for accounts and sessions.

Bodies hold passwords here, so what tells one request from another is made with a secret of the
service: a hash of the body alone would let whoever reads the table guess at leisure.
"""

import hmac
import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import Request, Response

from chassis.access import hash_of
from chassis.problems import Problem
from eventstore.idempotency import (
    AlreadyAnswered,
    IdempotentRequest,
    Keep,
    Replay,
    keep_answer,
)
from eventstore.sealing import Answer
from poll_api.accounts.records import Connection
from poll_api.accounts.service import Accounts

_KEY = re.compile(r"[\x21-\x7e]{16,255}")
Work = Callable[[Connection], Awaitable[tuple[Answer, str]]]
"""Changes something; its answer, and the subject that the answer is about."""


async def answered_once(
    accounts: Accounts,
    request: Request,
    prepare: Callable[[], Awaitable[Work]],
    *,
    caller: str = "",
) -> Response:
    """Do the work that `prepare` returns, or answer as the first time.

    `prepare` is for what takes long or refuses; the work is done in a transaction together with
    keeping its answer. `caller` is who asks. Raises `KeyReused`, `InFlight`.
    """
    repeated = await _repeated(accounts, request, caller)
    if repeated is None:
        work = await prepare()
        async with accounts.pool.connection() as connection, connection.transaction():
            answer, _ = await work(connection)
        return response(answer)
    with accounts.store.answering(repeated):
        if replay := await accounts.store.kept(repeated):
            return _again(replay)
        work = await prepare()
        try:
            return response(await _kept(accounts, repeated, work))
        except AlreadyAnswered:
            # By another process, between our look and our insert.
            replay = await accounts.store.kept(repeated)
            assert replay is not None
            return _again(replay)


def subject_of(account_id: UUID) -> str:
    """What answers about an account are kept under, to be forgotten with it."""
    return f"account-{account_id}"


def response(answer: Answer) -> Response:
    """Never for a cache: most of these answers hold a secret, and all are about a person."""
    headers = {"Cache-Control": "no-store", **answer.headers}
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, headers, media_type=media_type)


async def _repeated(accounts: Accounts, request: Request, caller: str) -> IdempotentRequest | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Problem("bad_header", "Idempotency-Key must be 16 to 255 visible ASCII characters")
    said = request.url.query.encode() + b"\n" + await request.body()
    return IdempotentRequest(
        scope=f"{request.method} {request.url.path} {hash_of(caller) if caller else ''}",
        key=key,
        request_hash=hmac.digest(accounts.secret, said, "sha256"),
    )


async def _kept(accounts: Accounts, repeated: IdempotentRequest, work: Work) -> Answer:
    async with accounts.pool.connection() as connection, connection.transaction():
        answer, subject = await work(connection)
        keep = Keep(repeated, answer)
        await keep_answer(connection, keep, stream=subject, version=1, key=subject)
        return answer


def _again(replay: Replay) -> Response:
    again = response(replay.answer)
    again.headers["Idempotent-Replayed"] = "true"
    return again
