"""Every problem the system can answer with: the one place for codes, statuses and their pages.

A code is part of the API: clients switch on it. It may be added, never renamed or re-used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """`retry_after` is in seconds, for problems that pass by themselves."""

    status: int
    title: str
    explanation: str
    retry_after: int | None = None


CATALOGUE: Mapping[str, ProblemKind] = MappingProxyType(
    {
        "not_json": ProblemKind(
            400, "The body is not JSON", "Send one JSON document in UTF-8, nested at most 32 deep."
        ),
        "bad_header": ProblemKind(
            400,
            "A header or parameter is malformed",
            "The detail names the header and the form it must have.",
        ),
        "unauthenticated": ProblemKind(
            401,
            "A valid access token is needed",
            "The access token is missing, expired or not ours. Sign in again and repeat.",
        ),
        "forbidden": ProblemKind(
            403,
            "This credential does not permit that",
            "The credential is valid, but too weak. The member `needs` lists which would do.",
        ),
        "cross_origin": ProblemKind(
            403,
            "Pages of that origin may not do this",
            "The instance lists the origins whose pages may use it, and none is let in otherwise.",
        ),
        "not_found": ProblemKind(
            404,
            "There is nothing here for you",
            "It does not exist, was erased, or is not shown to the credential you sent. "
            "The answer is the same on purpose.",
        ),
        "method_not_allowed": ProblemKind(
            405, "This method is not offered here", "The `Allow` header lists those that are."
        ),
        "too_slow": ProblemKind(
            408,
            "The request took too long to arrive",
            "Its body did not come within the time there is. Nothing was done. Send it again.",
        ),
        "conflict": ProblemKind(
            409,
            "Somebody else changed it at the same moment",
            "Read it again, and repeat the command if it still makes sense.",
        ),
        "idempotency_in_flight": ProblemKind(
            409,
            "The same request is still being worked on",
            "A request with this `Idempotency-Key` is unanswered yet. Repeat it in a moment.",
            retry_after=1,
        ),
        "poll_not_open": ProblemKind(
            409, "The poll is not open", "This can be done to an open poll only."
        ),
        "poll_closed": ProblemKind(
            409,
            "The poll is closed",
            "The poll takes no more answers. Its organiser can reopen it.",
        ),
        "poll_full": ProblemKind(
            409,
            "The poll is full",
            "So many people have joined that no more are let in. The limit is a setting.",
        ),
        "poll_owned": ProblemKind(
            409,
            "The poll belongs to another account",
            "Only the account that owns it can hand it over.",
        ),
        "poll_cancelled": ProblemKind(409, "The poll was cancelled", "A cancelled poll stays so."),
        "poll_finalised": ProblemKind(
            409,
            "The poll is decided",
            "Its time has been chosen. The organiser can reopen the poll to choose again.",
        ),
        "event_started": ProblemKind(
            409, "The event has begun", "Its chosen start has passed, so it can no longer change."
        ),
        "event_completed": ProblemKind(
            409, "The event is completed", "A completed event does not change any more."
        ),
        "event_cancelled": ProblemKind(
            409, "The event was cancelled", "A cancelled event does not change any more."
        ),
        "event_of_poll": ProblemKind(
            409,
            "The event belongs to a poll",
            "Its time follows the poll: reopen, finalise or cancel the poll instead.",
        ),
        "endpoint_disabled": ProblemKind(
            409, "The endpoint is disabled", "Nothing is sent to it. Enable it first."
        ),
        "endpoint_of_settings": ProblemKind(
            409,
            "The endpoint comes from the instance's settings",
            "It is what `NOTIFY_URL` says, and takes no secret. Change the setting instead.",
        ),
        "email_taken": ProblemKind(
            409,
            "This address has an account",
            "Sign in with it. Whoever forgot the password can have it reset.",
        ),
        "too_many_tokens": ProblemKind(
            409,
            "There are enough personal tokens",
            "An account may have so many and no more. Delete one first.",
        ),
        "too_many_endpoints": ProblemKind(
            409,
            "There are enough endpoints",
            "A poll, and the instance itself, may have so many and no more. Delete one first.",
        ),
        "precondition_failed": ProblemKind(
            412,
            "It has changed since you read it",
            "`If-Match` names another version than the current one. Read it again.",
        ),
        "too_large": ProblemKind(
            413,
            "The body is too large",
            "A body may have 1 MiB unless the instance says otherwise.",
        ),
        "target_too_long": ProblemKind(
            414,
            "The address is too long",
            "Path and query string together may have 8,192 bytes, with 200 parameters.",
        ),
        "unsupported_media_type": ProblemKind(
            415,
            "The body's media type is not understood",
            "Send `Content-Type: application/json`, and the body as it is, not compressed.",
        ),
        "invalid": ProblemKind(
            422,
            "Some values are not acceptable",
            "`errors` says what is wrong with which: `pointer` is a JSON Pointer into the body, or "
            "`?name` for a query parameter.",
        ),
        "idempotency_key_reused": ProblemKind(
            422,
            "This Idempotency-Key stands for another request",
            "The key was used within the last 24 hours with another body. Take a new key.",
        ),
        "precondition_required": ProblemKind(
            428,
            "Say which version you are changing",
            "Send the `ETag` you have read as `If-Match`, so that nobody's change is lost.",
        ),
        "headers_too_large": ProblemKind(
            431,
            "There are too many headers, or too large ones",
            "A request may have 100 headers with 32,768 bytes together.",
        ),
        "too_many_requests": ProblemKind(
            429,
            "Too many requests",
            "Wait as long as `Retry-After` says; `RateLimit` tells what is left.",
            retry_after=1,
        ),
        "internal": ProblemKind(
            500,
            "Something is broken on our side",
            "It was logged with the trace id in `trace_id`. Repeating the request is safe with an "
            "`Idempotency-Key`.",
        ),
        "behind": ProblemKind(
            503,
            "This service has not caught up yet",
            "It does not know the sequence you asked for. Repeat in a moment.",
            retry_after=1,
        ),
        "owner_unavailable": ProblemKind(
            503,
            "Another service is needed and away",
            "Whether it exists cannot be told right now. Repeat in a moment.",
            retry_after=1,
        ),
        "database_unavailable": ProblemKind(
            503,
            "The database is away",
            "Nothing was done by halves. Repeat in a moment, with the same `Idempotency-Key`.",
            retry_after=2,
        ),
        "not_ready": ProblemKind(
            503,
            "This replica is not ready",
            "`checks` says what it waits for. Ask another replica, or again in a moment.",
            retry_after=1,
        ),
        "overloaded": ProblemKind(
            503,
            "Too much to do at once",
            "The request was not begun. Repeat in a moment.",
            retry_after=1,
        ),
    }
)

# What the framework itself refuses, by status.
CODE_OF_STATUS: Mapping[int, str] = MappingProxyType(
    {
        400: "not_json",
        401: "unauthenticated",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        408: "too_slow",
        409: "conflict",
        412: "precondition_failed",
        413: "too_large",
        414: "target_too_long",
        415: "unsupported_media_type",
        422: "invalid",
        428: "precondition_required",
        429: "too_many_requests",
        431: "headers_too_large",
        503: "overloaded",
    }
)
