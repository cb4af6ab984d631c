"""Polls over the days on which clocks change: windows, deadlines and daily hours without offsets.

The service believes that it is the first day of 2026, so that all changes of two years lie ahead.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import pytest_asyncio

from contracts.clock_changes import (
    CHANGES,
    DAY,
    FOLDS,
    GAPS,
    MINUTE,
    STEADY,
    ClockChange,
    walk,
    walked_slots,
)
from contracts.fact import Span
from contracts.polls import DailyHours
from poll_api.settings import Settings
from poll_api.testing import HOUR, PollApi, iso, proposal, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(settings: Settings) -> AsyncGenerator[PollApi]:
    async with running(settings, lambda: NEW_YEAR) as service:
        yield service


async def opened(api: PollApi, **members: Any) -> dict[str, Any]:
    return (await api.opens(**members)).opened


async def refused(api: PollApi, **members: Any) -> list[tuple[str, str]]:
    """The pointers, each with the code."""
    answer = await api.client.post("/api/v1/polls", json=proposal(**members))
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def written(local: datetime) -> str:
    return local.isoformat(timespec="minutes")


def spans(found: list[dict[str, str]]) -> list[Span]:
    return [Span.model_validate(one) for one in found]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_a_window_over_the_change_is_as_long_as_the_clock_says(
    api: PollApi, change: ClockChange
) -> None:
    start, end = change.first - 30 * HOUR, change.beyond + 30 * HOUR
    steps = walk(change.zone, change.at - 3 * DAY, change.at + 3 * DAY)
    poll = await opened(
        api,
        timezone=change.zone,
        window={"start": written(start), "end": written(end)},
        deadline=written(start + HOUR),
    )
    window = Span.model_validate(poll["window"])
    assert [window.start] == steps.all_at(start)
    assert [window.end] == steps.all_at(end)
    skipped = timedelta(minutes=change.after - change.before)
    assert window.end - window.start == (end - start) - skipped
    assert poll["deadline"] == iso(window.start + HOUR)
    assert spans(poll["slots"]) == [window]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_daily_hours_are_those_of_the_clock_on_the_wall_on_either_side_of_the_change(
    api: PollApi, change: ClockChange
) -> None:
    middle = change.first + (change.beyond - change.first) // 2
    window = Span(start=change.at - 40 * HOUR, end=change.at + 40 * HOUR)
    for start, end in (
        (time(9), time(18)),
        (time(22), time(6)),
        (middle.time(), (middle + 5 * HOUR).time()),
        ((middle - 5 * HOUR).time(), middle.time()),
    ):
        hours = DailyHours(start=start, end=end)
        poll = await opened(
            api,
            timezone=change.zone,
            window={"start": iso(window.start), "end": iso(window.end)},
            daily_hours={"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"},
        )
        assert spans(poll["slots"]) == walked_slots(window, hours, change.zone)


@pytest.mark.parametrize("gap", GAPS, ids=str)
async def test_a_time_that_is_skipped_is_refused_wherever_it_stands(
    api: PollApi, gap: ClockChange
) -> None:
    before, after = written(gap.first - DAY), written(gap.beyond + DAY)
    for skipped in (gap.first, gap.beyond - MINUTE):
        there = {"timezone": gap.zone, "window": {"start": written(skipped), "end": after}}
        assert await refused(api, **there) == [("/window/start", "no_such_local_time")]
        there = {"timezone": gap.zone, "window": {"start": before, "end": written(skipped)}}
        assert await refused(api, **there) == [("/window/end", "no_such_local_time")]
        there = {
            "timezone": gap.zone,
            "window": {"start": before, "end": after},
            "deadline": written(skipped),
        }
        assert await refused(api, **there) == [("/deadline", "no_such_local_time")]
    edges = {"start": written(gap.first - MINUTE), "end": written(gap.beyond)}
    poll = await opened(api, timezone=gap.zone, window=edges, duration="PT1M")
    assert poll["window"] == {"start": iso(gap.at - MINUTE), "end": iso(gap.at)}


@pytest.mark.parametrize("fold", FOLDS, ids=str)
async def test_of_a_time_that_comes_twice_the_first_is_meant_and_an_offset_means_the_second(
    api: PollApi, fold: ClockChange
) -> None:
    length = fold.beyond - fold.first
    window = {"start": written(fold.first), "end": written(fold.beyond)}
    poll = await opened(api, timezone=fold.zone, window=window)
    assert poll["window"] == {"start": iso(fold.at - length), "end": iso(fold.at + length)}
    poll = await opened(
        api,
        timezone=fold.zone,
        window={"start": with_offset(fold.first, fold.after), "end": written(fold.beyond + HOUR)},
    )
    assert poll["window"]["start"] == iso(fold.at)


@pytest.mark.parametrize("zone", STEADY)
async def test_zones_that_never_change_are_right_to_the_minute(api: PollApi, zone: str) -> None:
    start = datetime(2027, 3, 28, 1, 30)
    steps = walk(zone, datetime(2027, 3, 26, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC))
    poll = await opened(
        api,
        timezone=zone,
        window={"start": written(start), "end": written(start + 5 * HOUR)},
        daily_hours={"start": "02:15", "end": "03:45"},
    )
    assert [Span.model_validate(poll["window"]).start] == steps.all_at(start)
    assert [one.start for one in spans(poll["slots"])] == steps.all_at(datetime(2027, 3, 28, 2, 15))


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_hours_that_are_set_later_are_cut_as_those_set_at_once(
    api: PollApi, change: ClockChange
) -> None:
    window = Span(start=change.at - 40 * HOUR, end=change.at + 40 * HOUR)
    poll = await api.opens(
        timezone=change.zone, window={"start": iso(window.start), "end": iso(window.end)}
    )
    answer = await api.revises(poll, {"daily_hours": {"start": "23:15", "end": "02:30"}})
    assert answer.status_code == 200, answer.text
    hours = DailyHours(start=time(23, 15), end=time(2, 30))
    assert spans(answer.json()["slots"]) == walked_slots(window, hours, change.zone)


def with_offset(local: datetime, minutes: int) -> str:
    sign, ahead = ("-" if minutes < 0 else "+"), abs(minutes)
    return f"{written(local)}{sign}{ahead // 60:02}:{ahead % 60:02}"
