"""Errors as RFC 9457 documents: raise a `Problem`, the application answers with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

import orjson
from starlette.responses import Response

from chassis.problem_catalogue import CATALOGUE, ProblemKind

MEDIA_TYPE = "application/problem+json"
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"  # what RFC 3986 lets stand as it is, beside letters and digits


@dataclass(frozen=True, slots=True)
class FieldError:
    """One value that is not acceptable.

    `pointer` is a JSON Pointer into the body (`/window/end`, "" for the whole body), or `?name`
    for a query parameter. `code` is stable, `detail` is for people.
    """

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    """An answer other than the one the caller hoped for; `code` is one of the catalogue's.

    `detail` says what is wrong this time and must hold nothing secret or personal. `extra`
    members are added to the document as they are.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or code)
        self.code = code
        self.kind: ProblemKind = CATALOGUE[code]
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = {**_retry_after(self.kind), **(headers or {})}
        self.extra = extra

    def document(self, instance: str) -> dict[str, Any]:
        """Return the problem as JSON; `instance` is the path of the request."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail or self.kind.explanation,
            "instance": quote(unquote(instance), safe=_PATH_CHARACTERS),
            "code": self.code,
            **self.extra,
        }
        if self.errors:
            document["errors"] = [asdict(error) for error in self.errors]
        return document

    def response(self, instance: str) -> Response:
        return Response(
            orjson.dumps(self.document(instance)),
            status_code=self.kind.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def invalid(*errors: FieldError) -> Problem:
    """422 for values that only the service's own rules refuse."""
    return Problem("invalid", _summary(errors), errors=errors)


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problems."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        status = CATALOGUE[code].status
        response = by_status.setdefault(
            status,
            {
                "description": HTTPStatus(status).phrase,
                "content": {
                    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
                },
            },
        )
        example = Problem(code).document("/api/v1/…")
        response["content"][MEDIA_TYPE]["examples"][code] = {"value": example}
    return by_status


def _summary(errors: Iterable[FieldError]) -> str:
    return "; ".join(f"{error.pointer or 'body'}: {error.detail}" for error in errors)


def _retry_after(kind: ProblemKind) -> dict[str, str]:
    return {} if kind.retry_after is None else {"Retry-After": str(kind.retry_after)}
