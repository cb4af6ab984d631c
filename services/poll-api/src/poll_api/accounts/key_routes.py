"""`/.well-known/jwks.json`: the public keys that access tokens are checked with."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from chassis.conditional import etag, not_modified
from chassis.openapi import without_headers
from chassis.trusted_issuers import JWKS_PATH
from poll_api.accounts import examples
from poll_api.accounts.service import Opened

# Shorter than other services keep them, so that a proxy between makes nothing older than that.
_CACHE = "public, max-age=60"

router = APIRouter(tags=["accounts"])


class JwkSet(BaseModel):
    """RFC 7517."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.JWKS]})

    keys: list[dict[str, Any]]


@router.get(
    JWKS_PATH,
    operation_id="get_signing_keys",
    summary="The keys of access tokens",
    response_model=JwkSet,
    openapi_extra=without_headers("Commontime-Min-Sequence"),
)
async def get_signing_keys(accounts: Opened, request: Request) -> Response:
    """Public keys only. More than one while they are being changed."""
    published = accounts.signer.published()
    tag = etag(1, published)
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers["Cache-Control"] = _CACHE
        return unchanged
    headers = {"ETag": tag, "Cache-Control": _CACHE}
    return Response(published, 200, headers, media_type="application/json")
