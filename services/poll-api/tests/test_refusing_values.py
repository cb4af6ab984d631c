"""Every 422 of opening and revising, with the pointer to the value at fault."""

from datetime import timedelta
from typing import Any

import pytest

from poll_api.testing import END, HOUR, NOW, START, PollApi, iso, proposal

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 24 * HOUR
BERLIN = {"timezone": "Europe/Berlin"}


def window(start: str, end: str) -> dict[str, Any]:
    return {"window": {"start": start, "end": end}}


def group(name: str, at_least: int) -> dict[str, Any]:
    return {"name": name, "at_least": at_least}


def rules(**members: Any) -> dict[str, Any]:
    return {"rules": members}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"title": ""}, "/title", "string_too_short"),
    ({"title": "  "}, "/title", "string_too_short"),
    ({"title": "x" * 201}, "/title", "string_too_long"),
    ({"title": "two\nlines"}, "/title", "control_character"),
    ({"title": 7}, "/title", "string_type"),
    ({"description": "x" * 10_001}, "/description", "string_too_long"),
    ({"timezone": "Europe/Atlantis"}, "/timezone", "unknown_zone"),
    ({"timezone": "../../etc/passwd"}, "/timezone", "unknown_zone"),
    (window(iso(END), iso(START)), "/window/end", "end_not_after_start"),
    (window(iso(START), iso(START)), "/window/end", "end_not_after_start"),
    (window(iso(START), iso(START + 366 * DAY + HOUR)), "/window/end", "too_long"),
    (window(iso(NOW - 2 * DAY), iso(NOW - DAY)), "/window/end", "in_the_past"),
    (window("yesterday", iso(END)), "/window/start", "not_an_instant"),
    (window("2030-02-30T00:00:00Z", iso(END)), "/window/start", "not_an_instant"),
    (window("9999-12-31T23:59:59-12:00", iso(END)), "/window/start", "out_of_range"),
    (window("2030-12-02T09:00", "2030-12-03T09:00Z"), "/window/start", "offset_missing"),
    (
        {**BERLIN, **window("2030-03-31T02:30", "2030-04-01T09:00")},
        "/window/start",
        "no_such_local_time",
    ),
    (
        {**BERLIN, **window("2030-03-30T09:00", "2030-03-31T02:30")},
        "/window/end",
        "no_such_local_time",
    ),
    (
        {
            **BERLIN,
            **window("2030-03-30T09:00", "2030-04-01T09:00"),
            "deadline": "2030-03-31T02:00",
        },
        "/deadline",
        "no_such_local_time",
    ),
    ({"window": {"start": iso(START)}}, "/window/end", "missing"),
    ({"duration": "PT0S"}, "/duration", "not_positive"),
    ({"duration": 0}, "/duration", "not_positive"),
    ({"duration": -60}, "/duration", "not_a_duration"),
    ({"duration": "an hour"}, "/duration", "not_a_duration"),
    ({"duration": "P1Y"}, "/duration", "not_a_duration"),
    ({"duration": "PT49H"}, "/duration", "longer_than_window"),
    (
        {"duration": "PT10H", "daily_hours": {"start": "09:00", "end": "18:00"}},
        "/duration",
        "longer_than_daily_hours",
    ),
    ({"step": "PT7M"}, "/step", "bad_step"),
    ({"step": "PT30S"}, "/step", "bad_step"),
    ({"step": "PT0M"}, "/step", "bad_step"),
    ({"step": "PT48H"}, "/step", "bad_step"),
    ({"daily_hours": {"start": "9", "end": "18:00"}}, "/daily_hours/start", "not_a_time"),
    ({"daily_hours": {"start": "09:00", "end": "24:00"}}, "/daily_hours/end", "not_a_time"),
    ({"daily_hours": {"start": "09:00", "end": 18}}, "/daily_hours/end", "not_a_time"),
    (
        {"daily_hours": {"start": "09:00", "end": "18:00", "days": []}},
        "/daily_hours/days",
        "too_short",
    ),
    (
        {"daily_hours": {"start": "09:00", "end": "18:00", "days": ["mon", "mon"]}},
        "/daily_hours/days",
        "duplicate",
    ),
    (
        {"daily_hours": {"start": "09:00", "end": "18:00", "days": ["monday"]}},
        "/daily_hours/days/0",
        "literal_error",
    ),
    (
        {
            **window("2030-12-07T00:00:00Z", "2030-12-08T00:00:00Z"),
            "daily_hours": {"start": "09:00", "end": "18:00", "days": ["mon"]},
        },
        "/daily_hours",
        "no_slot",
    ),
    ({"deadline": iso(END + HOUR)}, "/deadline", "after_window"),
    ({"deadline": iso(NOW - HOUR)}, "/deadline", "in_the_past"),
    ({"access": "secret"}, "/access", "literal_error"),
    ({"visibility": {"names": "nobody"}}, "/visibility/names", "literal_error"),
    (rules(min_available=0), "/rules/min_available", "greater_than_equal"),
    (rules(min_percentage=101), "/rules/min_percentage", "less_than_equal"),
    (
        rules(groups=[group("leads", 0)]),
        "/rules/groups/0/at_least",
        "greater_than_equal",
    ),
    (rules(groups=[group("leads", 1)] * 2), "/rules/groups", "duplicate"),
    (
        rules(groups=[group(f"g{n}", 1) for n in range(51)]),
        "/rules/groups",
        "too_long",
    ),
    (rules(buffer={"before": "PT25H"}), "/rules/buffer/before", "too_long"),
    (
        rules(auto_finalise={"when": "everyone_answered"}),
        "/rules/auto_finalise/expected",
        "missing",
    ),
    (rules(auto_finalise={"when": "rules_met"}), "/rules/auto_finalise", "no_rule"),
    ({"colour": "red"}, "/colour", "extra_forbidden"),
    (rules(colour="red"), "/rules/colour", "extra_forbidden"),
]


@pytest.mark.parametrize(("members", "pointer", "code"), REFUSED)
async def test_a_poll_is_not_opened_on(
    poll_api: PollApi, members: dict[str, Any], pointer: str, code: str
) -> None:
    before = poll_api.stored()
    answer = await poll_api.client.post("/api/v1/polls", json=proposal(**members))
    assert_refused(answer.status_code, answer.json(), pointer, code)
    assert poll_api.stored() == before


@pytest.mark.parametrize("name", ["title", "window", "duration"])
async def test_what_is_required_is_missed(poll_api: PollApi, name: str) -> None:
    body = {member: value for member, value in proposal().items() if member != name}
    answer = await poll_api.client.post("/api/v1/polls", json=body)
    assert_refused(answer.status_code, answer.json(), f"/{name}", "missing")


async def test_all_wrong_values_are_named_at_once(poll_api: PollApi) -> None:
    answer = await poll_api.client.post(
        "/api/v1/polls", json=proposal(title="", step="PT7M", deadline=iso(NOW), access="secret")
    )
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/title", "/step", "/access"}


@pytest.mark.parametrize(
    ("patch", "pointer", "code"),
    [
        ({"title": None}, "/title", "missing"),
        ({"duration": None}, "/duration", "missing"),
        ({"window": None}, "/window", "missing"),
        ({"window": {"start": None}}, "/window/start", "missing"),
        ({"window": {"end": iso(START)}}, "/window/end", "end_not_after_start"),
        ({"window": {"start": iso(NOW - 3 * DAY), "end": iso(NOW)}}, "/window/end", "in_the_past"),
        ({"daily_hours": {"start": "09:00"}}, "/daily_hours/end", "missing"),
        ({"timezone": "UTC"}, "/timezone", "extra_forbidden"),
        ({"timezone": None}, "/timezone", "extra_forbidden"),
        ({"slots": []}, "/slots", "extra_forbidden"),
        ({"duration": "PT49H"}, "/duration", "longer_than_window"),
        ({"deadline": iso(NOW)}, "/deadline", "in_the_past"),
        ({"rules": {"auto_finalise": {"when": "rules_met"}}}, "/rules/auto_finalise", "no_rule"),
        ({"rules": {"groups": [{"name": "leads"}]}}, "/rules/groups/0/at_least", "missing"),
    ],
)
async def test_a_poll_is_not_revised_by(
    poll_api: PollApi, patch: dict[str, Any], pointer: str, code: str
) -> None:
    poll = await poll_api.opens()
    before = poll_api.stored(poll)
    answer = await poll_api.revises(poll, patch)
    assert_refused(answer.status_code, answer.json(), pointer, code)
    assert poll_api.stored(poll) == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"start": iso(START - timedelta(microseconds=1))}, "/start", "outside_window"),
        ({"start": iso(END - HOUR / 2)}, "/start", "outside_window"),
        ({"start": "2030-12-02T09:00"}, "/start", "offset_missing"),
        ({}, "/start", "missing"),
        ({"start": iso(START), "as_of": {"polls": 2}}, "/as_of/polls", "ahead"),
        ({"start": iso(START), "as_of": {"polls": 0}}, "/as_of/polls", "greater_than_equal"),
        ({"start": iso(START), "as_of": {"schedules": 1}}, "/as_of/polls", "missing"),
        ({"start": iso(START), "end": iso(END)}, "/end", "extra_forbidden"),
    ],
)
async def test_a_poll_is_not_finalised_by(
    poll_api: PollApi, body: dict[str, Any], pointer: str, code: str
) -> None:
    poll = await poll_api.opens()
    before = poll_api.stored(poll)
    answer = await poll_api.does(poll, "finalise", body)
    assert_refused(answer.status_code, answer.json(), pointer, code)
    assert poll_api.stored(poll) == before


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=many", "after=-1"])
async def test_a_page_of_history_has_bounds(poll_api: PollApi, query: str) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.client.get(f"{poll.path}/history?{query}", headers=poll.organiser)
    [error] = answer.json()["errors"]
    assert answer.status_code == 422
    assert error["pointer"] == "?" + query.split("=")[0]


def assert_refused(status: int, problem: dict[str, Any], pointer: str, code: str) -> None:
    assert status == 422
    assert problem["code"] == "invalid"
    assert problem["type"] == "/problems/invalid"
    found = [(error["pointer"], error["code"]) for error in problem["errors"]]
    assert found == [(pointer, code)], problem["errors"]
