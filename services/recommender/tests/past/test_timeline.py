"""The timeline as callers see it: its items, its pages, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from contracts.fact import Span
from contracts.polls import PollRevised, Visibility
from inbox.testing.service import until
from recommender.settings import Settings
from recommender.testing import (
    AT,
    START,
    WINDOW,
    Others,
    Poll,
    Recommender,
    details_of,
    free,
    hour,
    opened,
)
from recommender.timeline import OTHER_TIMES
from recommender.timeline_bodies import TimelinePage

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shown(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    TimelinePage.model_validate_json(answer.content)
    page: dict[str, Any] = answer.json()
    return page


def refused(answer: Response, pointer: str) -> str:
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    return error["code"]


async def revises(they: Others, poll: Poll, **details: Any) -> None:
    revised = PollRevised(poll_id=poll.id, details=details_of(**details), revised_at=AT)
    await they.decides(poll, revised)


async def test_only_facts_that_moved_the_leading_recommendation_are_told(
    recommender: Recommender, they: Others
) -> None:
    they.stores_at(DAY)
    poll = await they.opened()
    they.stores_at(DAY + timedelta(seconds=1.5))
    ann = await they.answered(poll, "Ann", free(1, 3))
    await revises(they, poll, title="Another title")
    they.stores_at(DAY + timedelta(seconds=2))
    await they.answered(poll, "Ben", free(6, 7))
    await they.submits(poll, ann)
    page = shown(await recommender.timeline(poll))
    lead = {
        "start": hour(1),
        "end": hour(2),
        "latest_start": hour(2),
        "available": 1,
        "if_needed": 0,
        "preferred": 0,
        "weight": 1,
        "meets_rules": True,
    }
    submitted = "commontime.schedule.submitted.v1"
    assert page == {
        "items": [
            {
                "at": "2026-03-01T12:00:00Z",
                "as_of": {"polls": 1, "schedules": 0},
                "fact": {"type": "commontime.poll.opened.v1", "sequence": 1},
                "leading": None,
                "empty_reason": "no_schedules",
            },
            {
                "at": "2026-03-01T12:00:01.500000Z",
                "as_of": {"polls": 2, "schedules": 2},
                "fact": {"type": submitted, "sequence": 2, "participant": str(ann.id)},
                "leading": lead,
                "empty_reason": None,
            },
            {
                "at": "2026-03-01T12:00:02Z",
                "as_of": {"polls": 2, "schedules": 5},
                "fact": {"type": submitted, "sequence": 5, "participant": str(ann.id)},
                "leading": lead | {"start": hour(6), "end": hour(7), "latest_start": hour(6)},
                "empty_reason": None,
            },
        ],
        "next": None,
    }


async def test_pages_follow_each_other_and_may_be_without_items(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    for _ in range(3):
        await they.joined(poll)
    first = shown(await recommender.timeline(poll, limit=2))
    assert (len(first["items"]), first["next"]) == (1, "polls:1,schedules:1")
    last = shown(await recommender.timeline(poll, limit=2, after=first["next"]))
    assert last == {"items": [], "next": None}
    beyond = shown(await recommender.timeline(poll, after="polls:1,schedules:3"))
    assert beyond == {"items": [], "next": None}


async def test_a_page_goes_on_where_the_one_before_ended_though_more_happened(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    cursor = shown(await recommender.timeline(poll, limit=2))["next"]
    await they.submits(poll, ann, free(4, 6))
    (first, second) = shown(await recommender.timeline(poll, after=cursor))["items"]
    assert (first["leading"]["start"], second["leading"]["start"]) == (hour(0), hour(4))


async def test_facts_that_change_when_the_meeting_can_be_fill_a_page_sooner(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    for hours in range(1, 4):
        later = Span(start=START + timedelta(hours=hours), end=WINDOW.end)
        await revises(they, poll, window=later)

    async def end(limit: int, after: str = "") -> str | None:
        begin: dict[str, Any] = {"after": after} if after else {}
        return shown(await recommender.timeline(poll, limit=limit, **begin))["next"]

    assert await end(1 + 3 * OTHER_TIMES) is None
    assert await end(3 * OTHER_TIMES) == "polls:3,schedules:0"
    assert await end(1) == "polls:1,schedules:0"
    assert await end(1, after="polls:1,schedules:0") == "polls:2,schedules:0"


async def test_a_poll_opens_first_whatever_the_clocks_say(
    recommender: Recommender, they: Others
) -> None:
    they.stores_at(DAY)
    poll = await they.opened()
    they.stores_at(DAY - timedelta(seconds=1))
    await they.answered(poll, None, free(0, 2))
    they.stores_at(DAY - timedelta(seconds=2))
    await they.answered(poll, None, free(5, 6))
    items = shown(await recommender.timeline(poll))["items"]
    assert [item["as_of"] for item in items] == [
        {"polls": 1, "schedules": 0},
        {"polls": 1, "schedules": 2},
    ]
    assert shown(await recommender.timeline(poll, limit=1))["next"] == "polls:1,schedules:0"


async def test_a_restart_with_nothing_in_memory_tells_the_same_bytes(
    recommender: Recommender, settings: Settings, they: Others
) -> None:
    poll = await they.opened()
    for number in range(6):
        await they.answered(poll, None, free(number, number + 2))
    told = await recommender.timeline(poll)
    anew = settings.model_copy(
        update={"instance_id": "anew", "index_cache_bytes": 0, "answer_cache_bytes": 0}
    )
    async with opened(anew) as other:
        again = await other.timeline(poll)
    assert again.content == told.content
    assert again.headers["etag"] == told.headers["etag"]


async def test_what_the_caller_has_already_is_not_sent_again(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    first = await recommender.timeline(poll)
    assert first.headers["commontime-sequence"] == "polls=1, schedules=0"
    etag = {"If-None-Match": first.headers["etag"]}
    again = await recommender.timeline(poll, headers=etag)
    assert (again.status_code, again.content) == (304, b"")
    await they.answered(poll, None, free(0, 2))
    assert (await recommender.timeline(poll, headers=etag)).status_code == 200


async def test_the_timeline_is_for_those_who_see_results_and_never_names_anyone(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(visibility=Visibility(results="organiser"))
    ann = await they.answered(poll, "canary-ann", free(0, 2))

    async def named() -> bool:
        return "canary-ann" in (await recommender.asked(poll)).text

    await until(named)
    told = await recommender.timeline(poll)
    assert str(ann.id) in told.text
    assert "canary" not in told.text
    assert (await recommender.timeline(poll, poll.answer)).status_code == 403
    assert (await recommender.timeline(poll, "nobody")).status_code == 404


@pytest.mark.parametrize(
    "after", ["", "polls:1", "schedules:1", "polls:0,schedules:0", "2026-03-01T12:00:00Z"]
)
async def test_what_is_no_cursor_is_refused(
    recommender: Recommender, they: Others, after: str
) -> None:
    poll = await they.opened()
    assert refused(await recommender.timeline(poll, after=after), "?after") == "malformed"


async def test_a_cursor_of_the_future_is_refused(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    answer = await recommender.timeline(poll, after="polls:2,schedules:0")
    assert refused(answer, "?after") == "in_the_future"


@pytest.mark.parametrize(("limit", "status"), [(0, 422), (1, 200), (100, 200), (101, 422)])
async def test_a_page_is_of_one_to_a_hundred_facts(
    recommender: Recommender, they: Others, limit: int, status: int
) -> None:
    poll = await they.opened()
    answer = await recommender.timeline(poll, limit=limit)
    assert answer.status_code == status
    if status == 422:
        refused(answer, "?limit")


async def test_whoever_was_erased_is_not_named_by_their_id_either(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await they.answered(poll, None, free(0, 3))
    assert str(ann.id) in (await recommender.timeline(poll)).text
    await they.erases(poll, ann)
    assert str(ann.id) not in (await recommender.timeline(poll)).text
