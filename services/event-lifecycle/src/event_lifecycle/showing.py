"""How a reading is answered: its ETag, its sequences, and 304 for who has it already."""

from collections.abc import Mapping
from hashlib import sha256

from fastapi import Request, Response
from pydantic import BaseModel

from chassis.conditional import not_modified
from chassis.sequences import HEADER, format_sequences


def shown_as(
    request: Request,
    shown: BaseModel,
    *,
    tag: str | None = None,
    sequences: Mapping[str, int] | None = None,
) -> Response:
    """Without a version as `tag` the ETag is a digest: no single version stands for a page."""
    body = shown.model_dump_json().encode()
    tag = tag or f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag}
    if sequences:
        headers[HEADER] = format_sequences(sequences)
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(body, media_type="application/json", headers=headers)
