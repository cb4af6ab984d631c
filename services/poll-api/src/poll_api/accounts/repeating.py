"""What a client may ask twice is done once: `Idempotency-Key` for accounts and sessions.

Bodies hold passwords here, so what tells one request from another is made with a secret of the
service: a hash of the body alone would let whoever reads the table guess at leisure.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import Request, Response

from chassis.access import hash_of
from eventstore import once
from eventstore.edge import idempotent_request
from eventstore.once import Work
from poll_api.accounts.service import Accounts


async def answered_once(
    accounts: Accounts,
    request: Request,
    prepare: Callable[[], Awaitable[Work]],
    *,
    caller: str = "",
) -> Response:
    """`once.answered_once` for `caller`, who asks. Raises `KeyReused`, `InFlight`."""
    # Not whoever the header shows: a token that is over must keep nobody from signing in.
    scope = hash_of(caller) if caller else ""
    repeated = await idempotent_request(request, scope=scope, secret=accounts.secret)
    return await once.answered_once(accounts.store, accounts.pool, repeated, prepare)


def subject_of(account_id: UUID) -> str:
    """What answers about an account are kept under, to be forgotten with it."""
    return f"account-{account_id}"
