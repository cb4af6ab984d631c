"""The OpenAPI document: what FastAPI derives, with problem documents in place of its own errors."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from chassis.problems import problem_responses
from chassis.shown_answers import put_back_nulls

_PROBLEM_SCHEMAS: dict[str, Any] = {
    "FieldError": {
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {
                "type": "string",
                "description": "JSON Pointer into the body, or `?name` for a query parameter",
            },
            "code": {"type": "string"},
            "detail": {"type": "string"},
        },
    },
    "Problem": {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail", "instance", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
            "code": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        },
    },
}
_SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A capability from a link (`ct_org_…`, `ct_ans_…`, `ct_edt_…`), or the "
        "access token of an account",
    }
}
_HEADERS: dict[str, tuple[frozenset[str], str]] = {
    "Idempotency-Key": (
        frozenset({"post"}),
        "16 to 255 visible ASCII characters. Within 24 hours the same request with the same key "
        "gets the same answer, with `Idempotent-Replayed: true`.",
    ),
    "If-Match": (frozenset({"put", "patch", "delete"}), "The `ETag` of what is to be changed"),
    "If-None-Match": (frozenset({"get"}), "An `ETag`: 304 where nothing has changed"),
    "Commontime-Min-Sequence": (
        frozenset({"get", "post", "put", "patch", "delete"}),
        "What the answer must know at least, like `polls=2, schedules=17`: the "
        "`Commontime-Sequence` of earlier answers",
    ),
}
_WITHOUT = "x-without-headers"
_ANY_REQUEST = (
    "bad_header",
    "unauthenticated",
    "target_too_long",
    "too_many_requests",
    "headers_too_large",
    "internal",
    "database_unavailable",
    "overloaded",
)
_WITH_PARAMETERS = ("invalid",)
_WITH_BODY = ("not_json", "too_slow", "too_large", "unsupported_media_type", "invalid")


def install_openapi(app: FastAPI) -> None:
    """Make `app.openapi()` describe the errors every operation shares, beside its own."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(derive())
        return app.openapi_schema

    app.openapi = openapi


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    for operations in document.get("paths", {}).values():
        for method, operation in operations.items():
            _add_headers(operation, method)
            _add_responses(operation, _shared_codes(operation))
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for framework_shape in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework_shape, None)
    put_back_nulls(schemas)
    schemas.update(_PROBLEM_SCHEMAS)
    components["securitySchemes"] = _SECURITY_SCHEMES
    # Optional: what an operation permits without a credential depends on the poll.
    document["security"] = [{"bearer": []}, {}]
    return document


def _shared_codes(operation: dict[str, Any]) -> Iterable[str]:
    yield from _ANY_REQUEST
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
        yield from _WITH_PARAMETERS
    if "requestBody" in operation:
        yield from _WITH_BODY


def without_headers(*names: str) -> dict[str, Any]:
    """`openapi_extra` of an operation for which these of the shared headers mean nothing."""
    return {_WITHOUT: names}


def _add_headers(operation: dict[str, Any], method: str) -> None:
    without = operation.pop(_WITHOUT, ())
    operation.setdefault("parameters", []).extend(
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, (methods, text) in _HEADERS.items()
        if method in methods and name not in without
    )


def _add_responses(operation: dict[str, Any], codes: Iterable[str]) -> None:
    responses = operation.setdefault("responses", {})
    if any(parameter["name"] == "If-None-Match" for parameter in operation["parameters"]):
        responses.setdefault("304", {"description": "What the caller has is the latest"})
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
    for status, shared in problem_responses(*codes).items():
        declared = responses.setdefault(str(status), shared)
        for media, content in shared["content"].items():
            examples = declared.setdefault("content", {}).setdefault(media, content)["examples"]
            examples.update(content["examples"])
