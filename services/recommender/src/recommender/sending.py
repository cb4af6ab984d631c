"""How answers to `GET` are sent: with what they are made of, and only where that has changed."""

from fastapi import Request, Response

from chassis.conditional import not_modified
from chassis.sequences import HEADER, format_sequences
from recommender.answers import Answer


def sent(request: Request, answer: Answer) -> Response:
    """The answer, or 304 where the caller has it already."""
    headers = {
        "ETag": answer.etag,
        HEADER: format_sequences(answer.sequences),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    unchanged = not_modified(request, answer.etag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(answer.body, media_type="application/json", headers=headers)
