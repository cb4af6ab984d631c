"""A calendar over HTTP: looked at first, then applied; and everything that is refused."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from httpx import Response
from psycopg import sql

from availability.calendars.testing import calendar, event
from availability.testing import (
    NOW,
    WINDOW,
    Availability,
    Person,
    Poll,
    assert_problem,
    bearer,
    free,
)
from contracts.fact import Span
from contracts.polls import PollCancelled, PollClosed

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = {"Idempotency-Key": "sixteen-characters-or-more"}
TEXT = {"Content-Type": "text/calendar; charset=utf-8"}
CANARY = "Canary-in-a-title"


def at(hours: float) -> str:
    """So long after the start of the window, as calendars write it."""
    return (WINDOW.start + timedelta(hours=hours)).strftime("%Y%m%dT%H%M%SZ")


def meeting(start: float, end: float, *lines: str, uid: str = "1") -> bytes:
    title = f"SUMMARY:{CANARY}"
    return calendar(event(title, f"DTSTART:{at(start)}", f"DTEND:{at(end)}", *lines, uid=uid))


async def imports(
    availability: Availability,
    person: Person,
    content: bytes,
    query: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    return await availability.client.post(
        f"{person.path}/schedule/import{query}",
        content=content,
        headers={**person.headers, **TEXT, **(headers or {})},
    )


async def ann_in(availability: Availability, **profile: Any) -> tuple[Poll, Person]:
    poll = availability.has_poll()
    return poll, await availability.joins(poll, **profile)


def hours(spans: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(span["start"], span["end"]) for span in spans]


def span(start: float, end: float) -> tuple[str, str]:
    return _shown(start), _shown(end)


def _shown(hours: float) -> str:
    return (WINDOW.start + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_preview_says_what_is_free_and_stores_nothing(availability: Availability) -> None:
    poll, ann = await ann_in(availability)
    before = await availability.stored(poll)
    answer = await imports(availability, ann, meeting(3, 5))
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert hours(preview["busy"]) == [span(3, 5)]
    assert hours(preview["free"]) == [span(0, 3), span(5, 48)]
    assert preview["counts"] == {"events": 1, "instances": 1, "ignored": {}}
    assert (preview["warnings"], preview["schedule"]) == ([], None)
    assert await availability.stored(poll) == before


async def test_what_is_free_can_be_sent_as_it_is(availability: Availability) -> None:
    _, ann = await ann_in(availability)
    preview = (await imports(availability, ann, meeting(3, 5))).json()
    stored = await availability.submits(ann, *preview["free"])
    assert stored.status_code == 200, stored.text
    assert hours(stored.json()["intervals"]) == hours(preview["free"])


async def test_applied_it_is_the_schedule(availability: Availability) -> None:
    _, ann = await ann_in(availability)
    answer = await imports(availability, ann, meeting(3, 5), "?apply=true")
    assert answer.status_code == 200, answer.text
    applied = answer.json()
    read = await availability.client.get(f"{ann.path}/schedule", headers=ann.headers)
    assert applied["schedule"] == read.json()
    assert hours(applied["schedule"]["intervals"]) == [span(0, 3), span(5, 48)]
    assert answer.headers["etag"] == read.headers["etag"]
    assert answer.headers["commontime-sequence"] == "schedules=2"
    again = await imports(availability, ann, meeting(3, 5), "?apply=true")
    assert (again.json(), again.headers["etag"]) == (applied, answer.headers["etag"])


@pytest.mark.parametrize("way", ["pasted", "file", "text"])
async def test_it_comes_pasted_as_a_file_or_as_it_is(availability: Availability, way: str) -> None:
    _, ann = await ann_in(availability)
    content = meeting(3, 5)
    path = f"{ann.path}/schedule/import"
    if way == "pasted":
        answer = await availability.client.post(
            path, json={"calendar": content.decode()}, headers=ann.headers
        )
    elif way == "file":
        files = {"anything": ("ann.ics", content, "text/calendar")}
        answer = await availability.client.post(
            path, files=files, data={"more": "x"}, headers=ann.headers
        )
    else:
        answer = await imports(availability, ann, content)
    assert answer.status_code == 200, answer.text
    assert hours(answer.json()["busy"]) == [span(3, 5)]


async def test_a_request_that_is_repeated_with_its_key_is_answered_again(
    availability: Availability,
) -> None:
    poll, ann = await ann_in(availability)
    first = await imports(availability, ann, meeting(3, 5), "?apply=true", KEY)
    await availability.submits(ann, free(0, 1))
    again = await imports(availability, ann, meeting(3, 5), "?apply=true", KEY)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert await availability.stored(poll) == 3
    other = await imports(availability, ann, meeting(4, 5), "?apply=true", KEY)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_somebody_elses_newer_schedule_is_not_overwritten(availability: Availability) -> None:
    _, ann = await ann_in(availability)
    tag = (await availability.submits(ann, free(0, 1))).headers["etag"]
    await availability.submits(ann, free(0, 2))
    stale = await imports(availability, ann, meeting(3, 5), "?apply=true", {"If-Match": tag})
    assert_problem(stale, 412, "precondition_failed")
    everything = await imports(availability, ann, meeting(3, 5), "?apply=true", {"If-Match": "*"})
    assert everything.status_code == 200


async def test_only_with_ones_own_link(availability: Availability) -> None:
    poll, ann = await ann_in(availability)
    ben = await availability.joins(poll, "Ben")
    for token in (poll.organiser, poll.answer, ben.token):
        answer = await imports(availability, ann, meeting(3, 5), "", bearer(token))
        assert_problem(answer, 403, "forbidden")
    answer = await imports(availability, ann, meeting(3, 5), "", bearer("ct_edt_guess"))
    assert_problem(answer, 404, "not_found")


async def test_a_poll_that_takes_no_answers_takes_none_from_a_calendar(
    availability: Availability,
) -> None:
    closed, ann = await ann_in(availability)
    closed.tell(PollClosed(poll_id=closed.id, reason="manual", closed_at=NOW))
    answer = await imports(availability, ann, meeting(3, 5), "?apply=true", closed.up_to_date)
    assert_problem(answer, 409, "poll_closed")
    cancelled, ben = await ann_in(availability)
    cancelled.tell(PollCancelled(poll_id=cancelled.id, cancelled_at=NOW))
    answer = await imports(availability, ben, meeting(3, 5), "?apply=true", cancelled.up_to_date)
    assert_problem(answer, 409, "poll_cancelled")


async def test_the_participants_zone_counts_else_the_polls_and_a_given_one_first(
    availability: Availability,
) -> None:
    day = (WINDOW.start + timedelta(days=1)).date()
    content = calendar(event(f"DTSTART:{day:%Y%m%d}T120000", "DURATION:PT1H"))
    poll = availability.has_poll(timezone="Asia/Tokyo")
    ann = await availability.joins(poll)
    ben = await availability.joins(poll, "Ben", timezone="Asia/Kathmandu")
    begins = [
        (await imports(availability, person, content, query)).json()["busy"][0]["start"][11:]
        for person, query in ((ann, ""), (ben, ""), (ben, "?timezone=UTC"))
    ]
    assert begins == ["03:00:00Z", "06:15:00Z", "12:00:00Z"]


async def test_invitations_the_participant_declined_take_no_time(
    availability: Availability,
) -> None:
    _, ann = await ann_in(availability, email="ann@example.org")
    content = meeting(3, 5, "ATTENDEE;PARTSTAT=DECLINED:mailto:ANN@example.org")
    assert (await imports(availability, ann, content)).json()["counts"]["ignored"] == {
        "declined": 1
    }


async def test_a_buffer_and_working_hours_narrow_what_is_free(availability: Availability) -> None:
    start = (NOW + timedelta(days=20)).replace(hour=0, minute=0, second=0)
    start += timedelta(days=-start.weekday())
    poll = availability.has_poll(window=Span(start=start, end=start + timedelta(days=7)))
    ann = await availability.joins(poll)
    content = calendar(event(f"DTSTART:{start:%Y%m%d}T100000Z", "DURATION:PT1H"))
    query = "?working_hours=09:00-17:00&days=mon,sun&buffer=PT30M"
    answer = await imports(availability, ann, content, query)
    monday, sunday = f"{start:%Y-%m-%d}", f"{start + timedelta(days=6):%Y-%m-%d}"
    assert hours(answer.json()["free"]) == [
        (f"{monday}T09:00:00Z", f"{monday}T09:30:00Z"),
        (f"{monday}T11:30:00Z", f"{monday}T17:00:00Z"),
        (f"{sunday}T09:00:00Z", f"{sunday}T17:00:00Z"),
    ]
    workdays = await imports(availability, ann, calendar(), "?working_hours=09:00-17:00")
    assert len(workdays.json()["free"]) == 5


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?apply=perhaps", "?apply"),
        ("?buffer=PT24H1S", "?buffer"),
        ("?buffer=-PT1H", "?buffer"),
        ("?buffer=1441", "?buffer"),
        ("?working_hours=9-17", "?working_hours"),
        ("?working_hours=09:00-24:01", "?working_hours"),
        ("?working_hours=25:00-17:00", "?working_hours"),
        ("?days=mon,someday", "?days"),
        ("?days=", "?days"),
        ("?timezone=Berlin", "?timezone"),
    ],
)
async def test_a_parameter_that_makes_no_sense_is_pointed_at(
    availability: Availability, query: str, pointer: str
) -> None:
    _, ann = await ann_in(availability)
    document = assert_problem(
        await imports(availability, ann, meeting(3, 5), query), 422, "invalid"
    )
    assert [error["pointer"] for error in document["errors"]] == [pointer]


@pytest.mark.parametrize("query", ["?buffer=P1D", "?buffer=1440", "?working_hours=00:00-24:00"])
async def test_the_ends_of_what_makes_sense_are_taken(
    availability: Availability, query: str
) -> None:
    _, ann = await ann_in(availability)
    assert (await imports(availability, ann, calendar(), query)).status_code == 200


async def test_a_bad_calendar_is_422_with_the_line_and_none_of_its_words(
    availability: Availability,
) -> None:
    _, ann = await ann_in(availability)
    content = meeting(3, 5, f"RRULE:{CANARY}")
    document = assert_problem(await imports(availability, ann, content), 422, "invalid")
    assert document["errors"] == [
        {
            "pointer": "",
            "code": "bad_calendar",
            "detail": "line 9: RRULE is no recurrence rule",
        }
    ]
    pasted = await availability.client.post(
        f"{ann.path}/schedule/import", json={"calendar": content.decode()}, headers=ann.headers
    )
    assert pasted.json()["errors"][0]["pointer"] == "/calendar"
    assert CANARY not in pasted.text


async def test_a_body_that_holds_no_calendar_is_refused(availability: Availability) -> None:
    _, ann = await ann_in(availability)
    client, path = availability.client, f"{ann.path}/schedule/import"
    bodies: list[Any] = [[], {}, {"calendar": None}, {"calendar": 1}, {"calendar": "", "more": 1}]
    for body in bodies:
        assert_problem(await client.post(path, json=body, headers=ann.headers), 422, "invalid")
    json_type = {**ann.headers, "Content-Type": "application/json"}
    assert_problem(await client.post(path, content=b"{", headers=json_type), 400, "not_json")
    assert_problem(await client.post(path, headers=ann.headers), 422, "invalid")
    text = {**ann.headers, "Content-Type": "text/plain"}
    refused = await client.post(path, content=b"BEGIN:VCALENDAR", headers=text)
    assert_problem(refused, 415, "unsupported_media_type")
    assert "text/calendar" in refused.headers["accept"]
    two = [("a", ("a.ics", b"a")), ("b", ("b.ics", b"b"))]
    document = assert_problem(
        await client.post(path, files=two, headers=ann.headers), 422, "invalid"
    )
    assert document["errors"][0]["code"] == "no_file"
    elsewhere = await client.put(
        f"{ann.path}/schedule", content=b"x", headers={**ann.headers, **TEXT}
    )
    assert_problem(elsewhere, 415, "unsupported_media_type")


async def test_a_body_of_a_mebibyte_is_taken_and_not_a_byte_more(
    availability: Availability,
) -> None:
    _, ann = await ann_in(availability)
    start, end = b"BEGIN:VCALENDAR\r\nX-FILL:", b"\r\nEND:VCALENDAR\r\n"
    for size, status in ((1024 * 1024, 200), (1024 * 1024 + 1, 413)):
        content = start + b"a" * (size - len(start) - len(end)) + end
        assert (await imports(availability, ann, content)).status_code == status


async def test_two_thousand_intervals_are_taken_and_one_more_is_not(
    availability: Availability,
) -> None:
    _, ann = await ann_in(availability)
    for breaks, status in ((1999, 200), (2000, 422)):
        rule = f"RRULE:FREQ=SECONDLY;INTERVAL=60;COUNT={breaks}"
        content = calendar(event(f"DTSTART:{at(0.5)}", "DURATION:PT30S", rule))
        answer = await imports(availability, ann, content, "?apply=true")
        assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["code"] == "too_many_intervals"


async def test_a_bomb_is_422_and_the_next_request_is_answered(availability: Availability) -> None:
    _, ann = await ann_in(availability)
    never = meeting(3, 5, "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30")
    document = assert_problem(await imports(availability, ann, never), 422, "invalid")
    assert document["errors"][0]["code"] == "calendar_too_slow"
    many = meeting(3, 5, "RRULE:FREQ=SECONDLY")
    document = assert_problem(await imports(availability, ann, many), 422, "invalid")
    assert document["errors"][0]["code"] == "too_much"
    assert (await imports(availability, ann, meeting(3, 5))).status_code == 200


async def test_nothing_of_the_calendars_text_is_kept_or_logged(
    availability: Availability, capfd: pytest.CaptureFixture[str]
) -> None:
    _, ann = await ann_in(availability)
    places = [f"UID:{CANARY}", f"LOCATION:{CANARY}", f"DTSTART;TZID={CANARY}:20260101T000000"]
    for content in (meeting(3, 5, *places[:2]), calendar(event(*places, "DURATION:PT1H"))):
        for headers in (KEY, {}):
            answer = await imports(availability, ann, content, "?apply=true", headers)
            assert CANARY not in answer.text
    with psycopg.connect(availability.database) as conn:
        tables = conn.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        ).fetchall()
        rows = [
            conn.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(table)))
            for (table,) in tables
        ]
        kept = [one.fetchall() for one in rows]
    assert CANARY not in json.dumps(kept)
    assert str(ann.id) in json.dumps(kept)
    printed = capfd.readouterr()
    assert CANARY not in printed.out + printed.err


async def test_every_program_is_understood_over_http_too(availability: Availability) -> None:
    _, ann = await ann_in(availability)
    for file in sorted((Path(__file__).parent / "dialects").glob("*.ics")):
        answer = await imports(availability, ann, file.read_bytes())
        assert answer.status_code == 200, (file.name, answer.text)
