"""How answers are sent: with what they are made of, compressed, and only where that has changed."""

import gzip
import re
from collections.abc import Mapping

from fastapi import Request, Response

from chassis.conditional import not_modified
from chassis.sequences import HEADER, format_sequences
from recommender.answers import Answer
from recommender.work import off_the_loop_if

_WORTH_IT = 1_000
"""Bytes that fit a packet anyhow."""
_HEAVY = 500_000
"""Bytes that take some milliseconds."""
_LEVEL = 4
"""Ids repeat all over an answer; a lower level does not look back far enough to see it."""
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:;|,|$)")


async def sent(request: Request, answer: Answer) -> Response:
    """The answer, or 304 where the caller has it already."""
    headers = {
        "ETag": answer.etag,
        HEADER: format_sequences(answer.sequences),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Accept-Encoding",
    }
    unchanged = not_modified(request, answer.etag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return await compressed(request, answer.body, headers)


async def compressed(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """JSON as it is, or as gzip for those who take it: a twelfth of the bytes.

    An ETag becomes a weak one then, as RFC 9110 wants it of another encoding of the same.
    """
    sent_with = dict(headers)
    if len(body) >= _WORTH_IT and _GZIP.search(request.headers.get("accept-encoding", "")):
        plain = body
        body = await off_the_loop_if(
            len(plain) > _HEAVY, lambda: gzip.compress(plain, _LEVEL, mtime=0)
        )
        sent_with["Content-Encoding"] = "gzip"
        if "ETag" in sent_with:
            sent_with["ETag"] = f"W/{sent_with['ETag']}"
    return Response(body, media_type="application/json", headers=sent_with)
