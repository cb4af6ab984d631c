"""Conditional requests: a version as ETag, `If-Match` for changes, `If-None-Match` for reads."""

import re
from hashlib import sha256
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from chassis.problems import Problem

# Proxies that compress make a tag weak; our versions say the same in every encoding.
_TAG = re.compile(r'\s*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*')
_VERSION = re.compile(r'"(\d{1,18})(?:-[0-9a-f]{16})?"')


def etag(version: int, shown: bytes | None = None) -> str:
    """Return the ETag of a version: `"3"`.

    Where more is shown than the version stands for, `shown` is all of it: its digest tells one
    representation from the next, and `If-Match` looks at the version only.
    """
    return f'"{version}"' if shown is None else f'"{version}-{sha256(shown).hexdigest()[:16]}"'


def if_match(request: Request) -> int | Literal["*"] | None:
    """Return the version the caller changes, "*" for any that exists, None without the header.

    Raises:
        Problem: `bad_header` unless it is one entity tag; `precondition_failed` for a tag that
            is none of ours.
    """
    header = request.headers.get("if-match")
    if header is None:
        return None
    if header.strip() == "*":
        return "*"
    tag = _TAG.fullmatch(header)
    if tag is None:
        raise Problem("bad_header", "If-Match must be the ETag you have read, or *")
    version = _VERSION.fullmatch(tag[1])
    if version is None:
        raise Problem("precondition_failed")
    return int(version[1])


def required_match(request: Request) -> int | Literal["*"]:
    """`if_match` where the header is obligatory; without it `precondition_required`."""
    version = if_match(request)
    if version is None:
        raise Problem("precondition_required")
    return version


def not_modified(request: Request, tag: str) -> Response | None:
    """Return 304 where the caller already has what `tag` stands for."""
    header = request.headers.get("if-none-match")
    if header is None:
        return None
    known = {match[1] for match in _TAG.finditer(header)}
    if header.strip() == "*" or tag.removeprefix("W/") in known:
        return Response(status_code=304, headers={"ETag": tag})
    return None
