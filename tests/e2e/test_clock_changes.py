"""A meeting on the day on which the clocks change, from the window to everybody's calendar."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from calendars.testing import the_event
from commontime_driver import Commontime, Poll, eventually
from contracts.clock_changes import ClockChange, changes_ahead, walk, walked_slots
from contracts.fact import Span
from contracts.polls import DailyHours

HOUR = timedelta(hours=1)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Antarctica/Troll",
]
SOON = datetime.now(UTC) + timedelta(days=3)
CHANGES = [change for zone in ZONES for change in changes_ahead(zone, SOON)]


def local(instant: datetime, minutes: int) -> str:
    """An instant as a clock so many minutes ahead of UTC shows it, with its offset."""
    sign, ahead = ("-" if minutes < 0 else "+"), abs(minutes)
    shown = (instant + timedelta(minutes=minutes)).replace(tzinfo=None)
    return f"{shown.isoformat()}{sign}{ahead // 60:02}:{ahead % 60:02}"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_a_meeting_over_a_change_of_the_clocks_is_at_its_hour_everywhere(
    commontime: Commontime, change: ClockChange
) -> None:
    begins, ends = change.first - 26 * HOUR, change.beyond + 26 * HOUR
    hours = DailyHours(start=(change.first - HOUR).time(), end=(change.beyond + HOUR).time())
    poll = await commontime.opens_a_poll(
        timezone=change.zone,
        window={"start": begins.isoformat(), "end": ends.isoformat()},
        daily_hours={"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}"},
        duration="PT1H",
        step="PT30M",
    )
    steps = walk(change.zone, change.at - 72 * HOUR, change.at + 72 * HOUR)
    window = Span(start=steps.all_at(begins)[0], end=steps.all_at(ends)[0])
    seen = await commontime.sees_poll(poll)
    assert Span.model_validate(seen["window"]) == window
    slots = [Span.model_validate(slot) for slot in seen["slots"]]
    assert slots == walked_slots(window, hours, change.zone)

    # Half an hour to and half an hour from the change, each as the clock shows it then.
    ann = await commontime.joins(poll, "Ann", timezone=change.zone)
    half = HOUR / 2
    await commontime.submits(
        ann,
        {
            "start": local(change.at - half, change.before),
            "end": local(change.at + half, change.after),
        },
    )
    [best] = (await commontime.sees_recommended(poll))["recommendations"]
    assert instant(best["start"]) == change.at - half
    assert instant(best["end"]) == change.at + half

    decided = await commontime.finalises(poll, best["start"])
    event = await eventually(
        lambda: commontime.sees_event(decided["event_id"], poll.answer),
        lambda event: event is not None,
    )
    assert event is not None
    assert instant(event["starts_at"]) == change.at - half
    assert event["timezone"] == change.zone
    written = the_event(await calendar(commontime, poll))
    assert written["DTSTART"].instant == change.at - half
    assert written["DTEND"].instant == change.at + half


@pytest.mark.parametrize(
    "zone", ["Asia/Kathmandu", "Asia/Kolkata", "Pacific/Kiritimati", "Etc/GMT+12"]
)
async def test_a_meeting_in_a_zone_that_never_changes_is_on_its_own_full_hour(
    commontime: Commontime, zone: str
) -> None:
    steps = walk(zone, SOON.replace(hour=0, minute=0, second=0, microsecond=0), SOON + 96 * HOUR)
    day = steps.shown[0].date() + timedelta(days=1)
    nine, ten = (datetime.combine(day, time(hour)) for hour in (9, 10))
    poll = await commontime.opens_a_poll(
        timezone=zone,
        window={"start": f"{day}T00:00", "end": f"{day}T23:00"},
        daily_hours={"start": "09:00", "end": "10:00"},
    )
    ann = await commontime.joins(poll)
    window = Span.model_validate((await commontime.sees_poll(poll))["window"])
    everything: dict[str, Any] = window.model_dump(mode="json")
    await commontime.submits(ann, everything)
    [best] = (await commontime.sees_recommended(poll))["recommendations"]
    assert [instant(best["start"])] == steps.all_at(nine)
    assert [instant(best["end"])] == steps.all_at(ten)


async def calendar(commontime: Commontime, poll: Poll) -> bytes:
    """What the poll decided, as a calendar gets it."""
    answer = await commontime.asks("GET", f"{poll.path}/event.ics", None, poll.answer, poll.least)
    return answer.content
