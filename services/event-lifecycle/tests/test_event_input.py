"""What an event may not be is refused with a pointer, a code and a sentence, and not stored."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from event_lifecycle.testing.polls import EVENTS
from event_lifecycle.testing.problems import refused
from event_lifecycle.testing.running import Running, an_event

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANY = {"if-match": "*"}
FAR = {"ends_at": None, "completion": {"mode": "manual"}}


def local(time: str, zone: str) -> dict[str, Any]:
    return {"starts_at": time, "timezone": zone, "ends_at": None}


def delayed(delay: object) -> dict[str, Any]:
    return {"completion": {"mode": "after_creation", "delay": delay}}


async def stored(running: Running) -> int:
    [(count,)] = await running.rows("select count(*) from events")
    return count


@pytest.mark.parametrize(
    ("fields", "pointer", "code", "why"),
    [
        ({"starts_at": "2199-07-01T09:00"}, "/starts_at", "offset_missing", "timezone"),
        (
            {"starts_at": "2198-07-01T09:00Z", "ends_at": "2199-07-01T09:00"},
            "/ends_at",
            "offset_missing",
            "timezone",
        ),
        # Spring begins in March in the north, in September or October in the south.
        (
            local("2199-03-31T02:30", "Europe/Berlin"),
            "/starts_at",
            "no_such_local_time",
            "2199-03-31T02:30:00 does not exist in Europe/Berlin",
        ),
        (
            local("2199-10-06T02:00", "Australia/Sydney"),
            "/starts_at",
            "no_such_local_time",
            "does not exist in Australia/Sydney",
        ),
        (
            local("2199-09-08T00:15", "America/Santiago"),
            "/starts_at",
            "no_such_local_time",
            "does not exist in America/Santiago",
        ),
        (
            {
                "starts_at": "2199-03-31T01:30",
                "ends_at": "2199-03-31T02:59:59",
                "timezone": "Europe/Berlin",
            },
            "/ends_at",
            "no_such_local_time",
            "does not exist",
        ),
        ({"starts_at": "tomorrow"}, "/starts_at", "not_an_instant", "must be like"),
        ({"starts_at": "2030-02-30T09:00Z"}, "/starts_at", "not_an_instant", "must be like"),
        ({"starts_at": "12026-01-01T09:00Z"}, "/starts_at", "not_an_instant", "must be like"),
        ({"starts_at": 1_900_000_000}, "/starts_at", "not_an_instant", "must be like"),
        ({"starts_at": "2200-01-01T00:00Z"}, "/starts_at", "out_of_range", "1970 and 2199"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "/starts_at", "out_of_range", "2199"),
        ({"starts_at": "1969-12-31T23:59:59Z"}, "/starts_at", "out_of_range", "1970"),
        ({"ends_at": "2200-01-01T00:00Z"}, "/ends_at", "out_of_range", "1970 and 2199"),
        ({"starts_at": "2020-01-01T09:00Z", "ends_at": None}, "/starts_at", "in_the_past", "past"),
        (
            {"starts_at": "2020-01-01T09:00Z", "ends_at": "2020-01-01T10:00Z"},
            "/starts_at",
            "in_the_past",
            "past",
        ),
        ({"ends_at": "2020-01-01T09:00Z"}, "/ends_at", "end_not_after_start", "after its start"),
        (
            {"starts_at": "2199-01-01T09:00Z", "ends_at": "2199-01-01T10:00+01:00"},
            "/ends_at",
            "end_not_after_start",
            "after its start",
        ),
        ({"timezone": "Mars/Olympus"}, "/timezone", "unknown_zone", "IANA"),
        ({"timezone": ""}, "/timezone", "unknown_zone", "IANA"),
        ({"timezone": "+01:00"}, "/timezone", "unknown_zone", "IANA"),
        ({"title": " "}, "/title", "string_too_short", "at least 1"),
        ({"title": "x" * 201}, "/title", "string_too_long", "at most 200"),
        ({"title": "a\u0000b"}, "/title", "control_character", "control characters"),
        ({"title": None}, "/title", "string_type", "string"),
        ({"description": "x" * 10_001}, "/description", "string_too_long", "at most 10000"),
        ({"completion": {"mode": "never"}}, "/completion/mode", "literal_error", "at_end"),
        (delayed("-PT10S"), "/completion/delay", "not_a_duration", "not negative"),
        (delayed(-1), "/completion/delay", "not_a_duration", "not negative"),
        (delayed("P10000Y"), "/completion/delay", "not_a_duration", "weeks, days, hours"),
        (delayed("P3652425D"), "/completion/delay", "not_a_duration", "10,000 weeks"),
        (delayed("P9999W"), "/completion/delay", "out_of_range", "366 days"),
        (delayed("P366DT1S"), "/completion/delay", "out_of_range", "366 days"),
        (delayed(366 * 24 * 60 + 1), "/completion/delay", "out_of_range", "366 days"),
        (
            {"completion": {"mode": "at_end"}, "ends_at": None},
            "/ends_at",
            "missing",
            "needs an end",
        ),
        ({"colour": "red"}, "/colour", "extra_forbidden", "not permitted"),
    ],
)
async def test_a_bad_event_is_refused_where_it_is_bad_and_not_stored(
    shared: Running, fields: dict[str, Any], pointer: str, code: str, why: str
) -> None:
    before = await stored(shared)
    answer = await shared.client.post(EVENTS, json=an_event(**fields))
    assert why in refused(answer, pointer, code)
    assert await stored(shared) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x" * 200, "description": "x" * 10_000},
        {"starts_at": "2199-12-31T23:59:59Z", **FAR},
        {"starts_at": "1970-01-01T00:00:00Z", "completion": {"mode": "manual"}},
        delayed("P366D"),
        delayed(366 * 24 * 60),
    ],
)
async def test_what_is_just_within_the_bounds_is_an_event(
    shared: Running, fields: dict[str, Any]
) -> None:
    event = await shared.creates(**fields)
    assert await shared.sees(event["id"]) == event


async def test_without_a_delay_an_event_is_due_at_its_creation(running: Running) -> None:
    event = await running.creates(**delayed("PT0S"))
    assert event["due_at"] == event["created_at"]


async def test_an_event_that_has_begun_and_is_not_over_can_be_created(running: Running) -> None:
    event = await running.creates(starts_at="2020-01-01T09:00Z")
    assert event["status"] == "pending"


@pytest.mark.parametrize(
    ("time", "zone", "instant"),
    [
        ("2199-07-01T09:00", "Europe/Berlin", "2199-07-01T07:00:00Z"),
        ("2199-01-15T09:00", "Australia/Sydney", "2199-01-14T22:00:00Z"),
        # Of a local time that occurs twice it is the first.
        ("2199-10-27T02:30", "Europe/Berlin", "2199-10-27T00:30:00Z"),
        ("2199-04-07T02:30", "Australia/Sydney", "2199-04-06T15:30:00Z"),
        # Just before and just after the hour that is skipped.
        ("2199-03-31T01:59:59", "Europe/Berlin", "2199-03-31T00:59:59Z"),
        ("2199-03-31T03:00", "Europe/Berlin", "2199-03-31T01:00:00Z"),
        ("2199-07-01T09:00+09:00", "Europe/Berlin", "2199-07-01T00:00:00Z"),
    ],
)
async def test_a_local_time_is_resolved_in_its_zone_once(
    shared: Running, time: str, zone: str, instant: str
) -> None:
    event = await shared.creates(**local(time, zone))
    assert (event["starts_at"], event["timezone"]) == (instant, zone)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"title": None}, "/title", "null"),
        ({"starts_at": None}, "/starts_at", "null"),
        ({"timezone": None}, "/timezone", "null"),
        ({"completion": None}, "/completion", "null"),
        ({"starts_at": "2199-07-01T09:00"}, "/starts_at", "offset_missing"),
        (
            {"starts_at": "2199-10-06T02:30", "timezone": "Australia/Sydney"},
            "/starts_at",
            "no_such_local_time",
        ),
        ({"starts_at": "2198-07-01T09:00Z"}, "/ends_at", "end_not_after_start"),
        ({"ends_at": None, "starts_at": "2020-07-01T09:00Z"}, "/starts_at", "in_the_past"),
        ({"ends_at": None, "completion": {"mode": "at_end"}}, "/ends_at", "missing"),
        (delayed("P367D"), "/completion/delay", "out_of_range"),
        (delayed("-PT1S"), "/completion/delay", "not_a_duration"),
        ({"timezone": "Mars/Olympus"}, "/timezone", "unknown_zone"),
        ({"status": "completed"}, "/status", "extra_forbidden"),
    ],
)
async def test_a_bad_patch_is_refused_where_it_is_bad(
    shared: Running, changes: dict[str, Any], pointer: str, code: str
) -> None:
    event = await shared.creates(completion={"mode": "manual"})
    answer = await shared.client.patch(f"{EVENTS}/{event['id']}", json=changes, headers=ANY)
    refused(answer, pointer, code)
    assert await shared.sees(event["id"]) == event


async def test_a_changed_delay_counts_from_the_creation(running: Running) -> None:
    event = await running.creates()
    answer = await running.client.patch(
        f"{EVENTS}/{event['id']}", json=delayed("PT1H"), headers=ANY
    )
    due, created = (datetime.fromisoformat(answer.json()[at]) for at in ("due_at", "created_at"))
    assert due - created == timedelta(hours=1)
    [(due_at,)] = await running.rows("select due_at from timers")
    assert due_at == due
