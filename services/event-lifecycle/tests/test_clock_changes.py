"""Events on the days on which clocks change, written as people write them: without an offset."""

from datetime import UTC, datetime, timedelta

import pytest

from calendars.testing import the_event
from chassis.problems import Problem
from contracts.clock_changes import (
    CHANGES,
    FOLDS,
    GAPS,
    MINUTE,
    STEADY,
    ClockChange,
    changes_ahead,
    walk,
)
from event_lifecycle.bodies import EventBody, resolved
from event_lifecycle.testing.polls import EVENTS
from event_lifecycle.testing.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR = timedelta(hours=1)
ZONES = sorted({change.zone for change in CHANGES})


def written(local: datetime) -> str:
    return local.isoformat(timespec="minutes")


def instants(zone: str, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """What the body of an event with these local times means."""
    body = EventBody.model_validate(
        {
            "title": "Planning",
            "timezone": zone,
            "starts_at": written(start),
            "ends_at": written(end),
        }
    )
    fields = resolved(body, timedelta(seconds=10))
    return fields["starts_at"], fields["ends_at"]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_an_event_over_the_change_takes_as_long_as_the_clock_says(
    change: ClockChange,
) -> None:
    start, end = change.first - HOUR, change.beyond + HOUR
    steps = walk(change.zone, change.at - 12 * HOUR, change.at + 12 * HOUR)
    found = instants(change.zone, start, end)
    assert [found[0]] == steps.all_at(start)
    assert [found[1]] == steps.all_at(end)
    assert found[1] - found[0] == (end - start) - (change.after - change.before) * MINUTE


@pytest.mark.parametrize("gap", GAPS, ids=str)
async def test_a_time_that_is_skipped_is_refused_with_a_pointer(gap: ClockChange) -> None:
    for skipped in (gap.first, gap.beyond - MINUTE):
        for start, end, pointer in (
            (skipped, gap.beyond + HOUR, "/starts_at"),
            (gap.first - HOUR, skipped, "/ends_at"),
        ):
            with pytest.raises(Problem) as refused:
                instants(gap.zone, start, end)
            [error] = refused.value.errors
            assert (error.pointer, error.code) == (pointer, "no_such_local_time")


@pytest.mark.parametrize("fold", FOLDS, ids=str)
async def test_of_a_time_that_comes_twice_the_first_is_meant(fold: ClockChange) -> None:
    steps = walk(fold.zone, fold.at - 12 * HOUR, fold.at + 12 * HOUR)
    found = instants(fold.zone, fold.first, fold.beyond - MINUTE)
    firsts = [steps.all_at(local) for local in (fold.first, fold.beyond - MINUTE)]
    assert [len(both) for both in firsts] == [2, 2]
    assert list(found) == [both[0] for both in firsts]


@pytest.mark.parametrize("zone", STEADY)
async def test_where_clocks_never_change_each_time_is_itself(zone: str) -> None:
    local = datetime(2027, 3, 28, 2, 30)
    steps = walk(zone, datetime(2027, 3, 26, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC))
    found = instants(zone, local, local + HOUR)
    assert [[one] for one in found] == [steps.all_at(local), steps.all_at(local + HOUR)]


@pytest.mark.parametrize("zone", ZONES)
async def test_over_http_and_into_calendars_the_hours_around_the_next_change_are_right(
    running: Running, zone: str
) -> None:
    for change in changes_ahead(zone, datetime.now(UTC) + timedelta(days=2)):
        steps = walk(zone, change.at - 12 * HOUR, change.at + 12 * HOUR)
        for local in (steps.shown[0], steps.shown[-300], steps.shown[660], steps.shown[780]):
            expected = steps.all_at(local)[0]
            made = await running.creates(
                starts_at=written(local), ends_at=None, timezone=zone,
                completion={"mode": "manual"},
            )  # fmt: skip
            assert datetime.fromisoformat(made["starts_at"]) == expected
            assert made["timezone"] == zone
            calendar = await running.client.get(f"{EVENTS}/{made['id']}.ics")
            assert the_event(calendar.content)["DTSTART"].instant == expected
