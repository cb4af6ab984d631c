"""Schedules around every change of the clocks of two years: an offset says which of two times."""

from datetime import datetime, timedelta

import pytest

from availability.testing import Availability, assert_problem
from contracts.clock_changes import CHANGES, FOLDS, MINUTE, ClockChange
from contracts.fact import Span

pytestmark = pytest.mark.asyncio(loop_scope="module")
HALF = timedelta(minutes=30)


def shown(instant: datetime, minutes: int) -> str:
    """As a clock so many minutes ahead of UTC shows it, with its offset."""
    sign, ahead = ("-" if minutes < 0 else "+"), abs(minutes)
    local = (instant + minutes * MINUTE).replace(tzinfo=None)
    return f"{local.isoformat()}{sign}{ahead // 60:02}:{ahead % 60:02}"


async def stored(
    availability: Availability, change: ClockChange, *intervals: dict[str, str]
) -> list[Span]:
    """What a schedule of these intervals is, in a poll of the day of the change."""
    window = Span(start=change.at - 24 * 2 * HALF, end=change.at + 24 * 2 * HALF)
    poll = availability.has_poll(timezone=change.zone, window=window, slots=(window,))
    ann = await availability.joins(poll, timezone=change.zone)
    answer = await availability.submits(ann, *intervals)
    assert answer.status_code == 200, answer.text
    return [Span.model_validate(one) for one in answer.json()["intervals"]]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_an_interval_over_the_change_is_as_long_as_it_takes(
    availability: Availability, change: ClockChange
) -> None:
    interval = {
        "start": shown(change.at - HALF, change.before),
        "end": shown(change.at + HALF, change.after),
    }
    found = await stored(availability, change, interval)
    assert found == [Span(start=change.at - HALF, end=change.at + HALF)]


@pytest.mark.parametrize("fold", FOLDS, ids=str)
async def test_one_local_time_with_two_offsets_is_two_times(
    availability: Availability, fold: ClockChange
) -> None:
    length, quarter = fold.beyond - fold.first, 15 * MINUTE
    first, second = fold.at - length, fold.at
    intervals = [
        {"start": shown(start, offset), "end": shown(start + quarter, offset)}
        for start, offset in ((first, fold.before), (second, fold.after))
    ]
    assert [one["start"][:19] for one in intervals] == [fold.first.isoformat()] * 2
    found = await stored(availability, fold, *intervals)
    assert found == [Span(start=start, end=start + quarter) for start in (first, second)]


@pytest.mark.parametrize("minutes", [840, 765, 345, 330, -210, -720])
async def test_people_at_both_ends_of_the_date_line_mean_the_same_hour(
    availability: Availability, minutes: int
) -> None:
    change = CHANGES[0]
    interval = {"start": shown(change.at, minutes), "end": shown(change.at + HALF, minutes)}
    found = await stored(availability, change, interval)
    assert found == [Span(start=change.at, end=change.at + HALF)]


async def test_a_time_without_an_offset_is_nobodys(availability: Availability) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    local = {"start": "2026-10-25T02:30:00", "end": "2026-10-25T03:30:00Z"}
    problem = assert_problem(await availability.submits(ann, local), 422, "invalid")
    [error] = problem["errors"]
    assert (error["pointer"], error["code"]) == ("/intervals/0/start", "offset_missing")
