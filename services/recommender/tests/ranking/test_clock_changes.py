"""Starts around every change of the clocks of two years: those the clock on the wall offers."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from chassis.problems import Problem
from contracts.clock_changes import (
    CHANGES,
    DAY,
    FOLDS,
    GAPS,
    MINUTE,
    STEADY,
    ZONES,
    ClockChange,
    Walk,
    walk,
    walked_slots,
)
from contracts.fact import Span
from contracts.known_poll import KnownPoll
from contracts.polls import DailyHours
from recommender.known_polls import Poll, microseconds
from recommender.ranking.times import WallClock
from recommender.supposition import Supposition
from recommender.testing import details_of
from recommender.what_if import poll_if

HOUR = timedelta(hours=1)
STEPS = (15, 30, 45, 60, 120, 360, 1440)
HOURS = DailyHours(start=time(23, 30), end=time(3, 30))


def offered(zone: str, start: datetime, end: datetime, step: int) -> list[int]:
    """Every start in `[start, end]`, one after the other, in microseconds."""
    first, last = microseconds(start), microseconds(end)
    clock, found = WallClock.of(zone, first, last), list[int]()
    at = clock.first_on_step(step * 60_000_000, first, last)
    while at is not None:
        found.append(at)
        at = clock.first_on_step(step * 60_000_000, at + 1, last)
    return found


def on_step(steps: Walk, step: int) -> list[int]:
    """The minutes at which the clock shows so many minutes since midnight, or a multiple."""
    return [
        microseconds(minute)
        for minute, shown in zip(steps.minutes, steps.shown, strict=True)
        if (shown.hour * 60 + shown.minute) % step == 0
    ]


@pytest.mark.parametrize(("zone", "first", "changes"), ZONES, ids=[zone for zone, _, _ in ZONES])
def test_the_clock_over_two_years_is_the_zones_own(
    zone: str, first: int, changes: tuple[ClockChange, ...]
) -> None:
    start, end = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2026, 2028))
    clock = WallClock.of(zone, start, end)
    assert clock.changes == tuple(microseconds(change.at) for change in changes)
    offsets = (first, *(change.after for change in changes))
    assert clock.offsets == tuple(minutes * 60_000_000 for minutes in offsets)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_starts_around_a_change_are_on_the_step_of_the_clock_on_the_wall(
    change: ClockChange,
) -> None:
    start, end = change.at - 26 * HOUR, change.at + 26 * HOUR
    steps = walk(change.zone, start, end)
    for step in STEPS:
        assert offered(change.zone, start, end - MINUTE, step) == on_step(steps, step), step


@pytest.mark.parametrize("zone", STEADY)
def test_where_clocks_never_change_starts_are_on_the_zones_own_hours(zone: str) -> None:
    start = datetime(2027, 3, 27, tzinfo=UTC)
    steps = walk(zone, start, start + 2 * DAY)
    for step in STEPS:
        assert offered(zone, start, start + 2 * DAY - MINUTE, step) == on_step(steps, step), step


def a_poll(zone: str) -> Poll:
    details = details_of(timezone=zone, daily_hours=HOURS, duration=timedelta(minutes=15))
    known = KnownPoll(
        poll_id=uuid4(), details=details, organiser_hash="0" * 64, answer_hash="1" * 64
    )
    return Poll(known, 1)


def supposed(zone: str, start: datetime, end: datetime) -> tuple[Span, list[Span]]:
    """The window and the slots of a poll whose window would be this one, in local times."""
    window = {"start": written(start), "end": written(end)}
    details = poll_if(a_poll(zone), Supposition.model_validate({"window": window})).known.details
    return details.window, list(details.slots)


def written(local: datetime) -> str:
    return local.isoformat(timespec="minutes")


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_supposed_window_is_read_and_cut_as_a_polls_own(change: ClockChange) -> None:
    start, end = change.first - 30 * HOUR, change.beyond + 30 * HOUR
    steps = walk(change.zone, change.at - 3 * DAY, change.at + 3 * DAY)
    window, slots = supposed(change.zone, start, end)
    assert [window.start] == steps.all_at(start)
    assert [window.end] == steps.all_at(end)
    assert slots == walked_slots(window, HOURS, change.zone)


@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_a_supposed_window_may_not_begin_or_end_at_a_skipped_time(gap: ClockChange) -> None:
    skipped = gap.beyond - MINUTE
    for start, end, pointer in (
        (skipped, gap.beyond + DAY, "/window/start"),
        (gap.first - DAY, skipped, "/window/end"),
    ):
        with pytest.raises(Problem) as refused:
            supposed(gap.zone, start, end)
        [error] = refused.value.errors
        assert (error.pointer, error.code) == (pointer, "no_such_local_time")


@pytest.mark.parametrize("fold", FOLDS, ids=str)
def test_of_a_time_that_comes_twice_a_supposed_window_means_the_first(fold: ClockChange) -> None:
    window, _ = supposed(fold.zone, fold.first, fold.beyond + DAY)
    assert window.start == fold.at - (fold.beyond - fold.first)
