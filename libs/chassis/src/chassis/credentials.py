"""What a request shows: looked at once, with the signature of an access token verified."""

from typing import Annotated, cast

from fastapi import Depends, Request

from chassis.access import Credential, hash_of, kind_of, token_of
from chassis.access_tokens import AccessTokens, is_access_token, unauthenticated

_KNOWN = "commontime.credential"
PERSONAL_TOKEN_PREFIX = "ct_pat_"  # noqa: S105  # what such tokens begin with


async def credential_of(request: Request) -> Credential:
    """Dependency: the caller's credential, which may be none at all.

    Raises the problem `unauthenticated` for an access token that is not, or no longer, good, and
    for a personal token, which opens nothing but `POST /sessions`.
    """
    # Not in `request.state`: this is asked at every request, and a dict is several times faster.
    known: Credential | None = request.scope.get(_KNOWN)
    if known is None:
        known = request.scope[_KNOWN] = await _look_at(request)
    return known


async def _look_at(request: Request) -> Credential:
    token = token_of(request)
    if token is None:
        return Credential()
    if token.startswith(PERSONAL_TOKEN_PREFIX):
        raise unauthenticated("Exchange a personal token for an access token at POST /sessions.")
    if is_access_token(token):
        account = await cast(AccessTokens, request.app.state.access_tokens).verify(token)
        return Credential(account.token_hash, account.account_id, account.expires_at)
    return Credential(hash_of(token), kind=kind_of(token))


Shown = Annotated[Credential, Depends(credential_of)]
