"""Writes the page of all bounds from the code that keeps them: `docs/limits.md`."""

import sys
from collections.abc import Iterable

from availability.bodies import MAX_GROUPS, MAX_INTERVALS
from availability.calendars.importing import MOST_INSTANCES
from availability.calendars.routes import LONGEST_BUFFER
from availability.calendars.worker import MOST_MEMORY
from availability.calendars.workers import MOST_WAITING
from availability.schedule_routes import MOST_CELLS
from chassis.bounded_protocol import HEAD_TIMEOUT_S, MOST_HEAD_BYTES
from chassis.limit_settings import LimitSettings
from chassis.rate_limits import MOST_KEYS
from chassis.request_guard import (
    MOST_HEADER_BYTES,
    MOST_HEADERS,
    MOST_PARAMETERS,
    MOST_TARGET_BYTES,
)
from chassis.settings import Variable, variables
from event_lifecycle.webhooks.addresses import MAX_URL_CHARACTERS
from standalone.services import SERVICES

Row = tuple[str, str, str]

_PREFACE = """\
# Limits

What a request may be, and how often it may come. Each bound is refused with a problem document
whose code is in the last column; nothing of a refused request is done. What has a variable can be
set (docs/settings.md); the others are the same everywhere. This page is written from the code by
`make contracts`.
"""
_HOW_OFTEN = """\
## How often

`RATE_LIMIT_PER_ADDRESS` and `RATE_LIMIT_PER_CREDENTIAL` are token buckets: `300/s burst 3000` lets
3,000 requests come at once and 300 a second in the long run. Every replica of every service counts
by itself. Answers say in `RateLimit-Policy` and `RateLimit` (the form of
draft-ietf-httpapi-ratelimit-headers-10) what there is and what is left; a refusal is 429
`too_many_requests` with `Retry-After`, before the body is read. `/healthz`, `/readyz`, `/metrics`,
what services ask each other and the page's own files are not counted, a stream counts once. Of a
credential only a hash is kept. Of IPv6 the /64 counts. Behind a gateway set
`COMMONTIME_TRUSTED_PROXIES` to its network, or everybody shares one address; what anybody else says
in `X-Forwarded-For` is not believed.

The defaults let a class of 300 phones behind one address, all with one link, open a poll in the
same second, and each ask every service three things every five seconds from then on. The gateway of
Compose has a wider limit of its own against floods.

"""
_NOT_BOUNDED = """\
## What is not bounded here

How slowly a caller reads an answer, and how many connections there are: that is the operating
system's limit of open files, and a gateway's (`worker_connections`).
"""


def page() -> str:
    """Return the page in Markdown."""
    given = {variable.name: variable for variable in _all_variables()}
    return "\n".join(
        [
            _PREFACE,
            _section("A request", _of_requests(given)),
            _section("What it may ask for", _of_contents(given)),
            _HOW_OFTEN + _table(_of_rates(given)),
            _NOT_BOUNDED,
        ]
    )


def _all_variables() -> Iterable[Variable]:
    yield from variables(LimitSettings)
    for service in SERVICES:
        yield from variables(service.settings_class())


def _of_requests(given: dict[str, Variable]) -> Iterable[Row]:
    yield "Path and query", f"{MOST_TARGET_BYTES:,} bytes", "414 `target_too_long`"
    yield "Parameters of a query", f"{MOST_PARAMETERS:,}", "414 `target_too_long`"
    yield "Headers", f"{MOST_HEADERS:,}", "431 `headers_too_large`"
    yield "Headers together", f"{MOST_HEADER_BYTES:,} bytes", "431 `headers_too_large`"
    more = f"{MOST_HEAD_BYTES:,} bytes; the connection is closed"
    yield "A head that never ends", more, "431 `headers_too_large`"
    yield "Time for the head", f"{HEAD_TIMEOUT_S:g} s; the connection is closed", "408 `too_slow`"
    yield "Time for the body", _set(given, "COMMONTIME_BODY_TIMEOUT_S", "s"), "408 `too_slow`"
    yield (
        "Body, declared or not",
        _set(given, "COMMONTIME_MAX_BODY_BYTES", "bytes"),
        "413 `too_large`",
    )
    yield "Compressed bodies", "none", "415 `unsupported_media_type`"
    yield "Depth of JSON", _set(given, "COMMONTIME_MAX_JSON_DEPTH"), "400 `not_json`"
    yield "Control characters in a body", "none but tab and ends of lines", "422 `invalid`"
    yield "Control characters in a query", "none", "400 `bad_header`"
    yield "`Idempotency-Key`", "16 to 255 visible ASCII characters", "400 `bad_header`"


def _of_contents(given: dict[str, Variable]) -> Iterable[Row]:
    yield "People in a poll", _set(given, "MAX_PARTICIPANTS"), "409 `poll_full`"
    yield "Intervals of a schedule", f"{MAX_INTERVALS:,}", "422 `invalid`"
    yield "Groups of a person", f"{MAX_GROUPS:,}", "422 `invalid`"
    yield "Cells of an answer in bits", f"{MOST_CELLS:,}", "422 `invalid`"
    yield "Occurrences of a calendar in the window", f"{MOST_INSTANCES:,}", "422 `invalid`"
    yield "Time to read a calendar", _set(given, "CALENDAR_TIMEOUT_S", "s"), "422 `invalid`"
    yield "Memory to read a calendar", f"{MOST_MEMORY // 1024**2:,} MiB", "422 `invalid`"
    hours = LONGEST_BUFFER.total_seconds() / 3600
    yield "Buffer around what a calendar says is busy", f"{hours:g} h", "422 `invalid`"
    at_once = _set(given, "CALENDAR_WORKERS")
    yield "Calendars read at once", f"{at_once}; {MOST_WAITING} may wait", "503 `overloaded`"
    yield "Address of a webhook", f"{MAX_URL_CHARACTERS:,} characters", "422 `invalid`"
    for name in (
        "WEBHOOK_ENDPOINTS",
        "WEBHOOK_ENDPOINTS_PER_POLL",
        "WEBHOOK_ENDPOINTS_PER_ACCOUNT",
    ):
        yield given[name].description, _set(given, name), "409 `too_many_endpoints`"
    yield "Keys that one limit remembers", f"{MOST_KEYS:,}", "the idlest is forgotten"


def _of_rates(given: dict[str, Variable]) -> Iterable[Row]:
    for name, variable in given.items():
        if "_LIMIT_PER_" in name:
            yield variable.description, _set(given, name), "429 `too_many_requests`"


def _set(given: dict[str, Variable], name: str, unit: str = "") -> str:
    default = given[name].default or ""
    figure = f"{int(default):,}" if default.isdigit() else default
    return f"{figure} {unit}".strip() + f" (`{name}`)"


def _section(title: str, rows: Iterable[Row]) -> str:
    return f"## {title}\n\n{_table(rows)}"


def _table(rows: Iterable[Row]) -> str:
    lines = (f"| {what} | {most} | {refusal} |\n" for what, most, refusal in rows)
    return "| What | At most | Else |\n| --- | --- | --- |\n" + "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
