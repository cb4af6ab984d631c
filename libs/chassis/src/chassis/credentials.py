"""What a request shows: looked at once, with the signature of an access token verified."""

from functools import lru_cache
from typing import Annotated, cast

from fastapi import Depends, Request

from chassis.access import NOBODY, Credential, hash_of, kind_of, token_in
from chassis.access_tokens import AccessTokens, is_access_token, unauthenticated

_HEADER = b"authorization"
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
    header = next((value for name, value in request.scope["headers"] if name == _HEADER), None)
    if header is None:
        return NOBODY
    shown = _read(header)
    if isinstance(shown, Credential):
        return shown
    return await cast(AccessTokens, request.app.state.access_tokens).verify(shown)


# People ask many times with the same link. What is kept are the headers of the last few thousand
# requests, in this process's memory, where every request's passes anyway.
@lru_cache(maxsize=4096)
def _read(header: bytes) -> Credential | str:
    """A capability; or an access token that has yet to be verified, as it is."""
    token = token_in(header.decode("latin-1"))
    if token.startswith(PERSONAL_TOKEN_PREFIX):
        raise unauthenticated("Exchange a personal token for an access token at POST /sessions.")
    return token if is_access_token(token) else Credential(hash_of(token), kind=kind_of(token))


Shown = Annotated[Credential, Depends(credential_of)]
