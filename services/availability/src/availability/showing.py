"""How what was read is answered: with its ETag, and as 304 to whoever has it already."""

from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from availability.service import Service
from availability.visits import Visit
from chassis.conditional import not_modified
from chassis.sequences import HEADER, format_sequences

LABEL = "schedules"


async def show(
    service: Service, visit: Visit, request: Request, body: bytes, tag: str | None = None
) -> Response:
    """Without a `tag` the ETag is a digest of what this caller is shown, and of nothing else.

    So it stays when something changes that they may not see, and tells nothing about it.
    """
    tag = tag or f'"{sha256(body).hexdigest()[:32]}"'
    sequences = {
        LABEL: await service.store.head(str(visit.poll_id)),
        "polls": visit.seen.sequence,
    }
    headers: dict[str, Any] = {"ETag": tag, HEADER: format_sequences(sequences)}
    unchanged = not_modified(request, tag) if request.method == "GET" else None
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(body, media_type="application/json", headers=headers)
