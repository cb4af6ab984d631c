"""Recurrence rules against independent reckonings: dateutil from the very first, and a library."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, cast

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from availability.calendars.free_time import clipped, merged
from availability.calendars.testing import Wish, calendar, event, found

LOW, HIGH = datetime(2026, 11, 30), datetime(2027, 2, 1)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def numbers(least: int, most: int, *, backwards: bool = False) -> st.SearchStrategy[str]:
    one = st.integers(least, most)
    one = one | one.map(lambda number: -number) if backwards else one
    return st.lists(one, min_size=1, max_size=3, unique=True).map(lambda n: ",".join(map(str, n)))


def days(nth: int) -> st.SearchStrategy[str]:
    prefix = st.integers(-nth, nth).map(lambda n: str(n) if n else "")
    one = st.tuples(prefix, st.sampled_from(DAYS)).map("".join)
    return st.lists(one, min_size=1, max_size=3, unique=True).map(",".join)


# What may stand beside a frequency. Each fits some time in every few years: dateutil searches for
# the next start until the year 9999.
FORMS: dict[str, list[dict[str, st.SearchStrategy[str]]]] = {
    "YEARLY": [
        {},
        {"BYMONTH": numbers(1, 12)},
        {"BYMONTH": numbers(1, 12), "BYDAY": days(4)},
        {"BYMONTH": numbers(1, 12), "BYMONTHDAY": numbers(1, 28, backwards=True)},
        {"BYDAY": days(20)},
        {"BYYEARDAY": numbers(1, 365, backwards=True)},
        {"BYWEEKNO": numbers(1, 52, backwards=True), "BYDAY": days(0)},
        {"BYDAY": days(0), "BYSETPOS": numbers(1, 50, backwards=True)},
    ],
    "MONTHLY": [
        {},
        {"BYDAY": days(4)},
        {"BYMONTHDAY": numbers(1, 28, backwards=True)},
        {"BYMONTHDAY": numbers(1, 28), "BYDAY": days(0)},
        {"BYDAY": days(0), "BYSETPOS": numbers(1, 4, backwards=True)},
        {"BYDAY": days(0), "BYHOUR": numbers(0, 23)},
    ],
    "WEEKLY": [
        {},
        {"BYDAY": days(0)},
        {"BYDAY": days(0), "BYHOUR": numbers(0, 23)},
        {"BYDAY": days(0), "BYMONTH": numbers(1, 12)},
        {"BYDAY": days(0), "BYSETPOS": numbers(1, 1, backwards=True)},
    ],
    "DAILY": [
        {},
        {"BYDAY": days(0)},
        {"BYMONTH": numbers(1, 12)},
        {"BYMONTHDAY": numbers(1, 28, backwards=True)},
        {"BYHOUR": numbers(0, 23), "BYMINUTE": numbers(0, 59)},
    ],
    "HOURLY": [{}, {"BYDAY": days(0)}, {"BYMINUTE": numbers(0, 59)}],
}


NOTHING: st.SearchStrategy[dict[str, str]] = st.builds(dict[str, str])


@st.composite
def rules(draw: st.DrawFn, frequencies: tuple[str, ...] = tuple(FORMS)) -> str:
    frequency = draw(st.sampled_from(frequencies))
    form = draw(st.sampled_from(FORMS[frequency]))
    parts = {"FREQ": frequency, "INTERVAL": str(draw(st.integers(1, 3)))}
    parts |= {name: draw(values) for name, values in form.items()}
    parts |= draw(
        st.one_of(
            NOTHING,
            st.integers(1, 400).map(lambda count: {"COUNT": str(count)}),
            st.datetimes(LOW - timedelta(days=90), HIGH).map(
                lambda until: {"UNTIL": until.strftime("%Y%m%dT%H%M%S")}
            ),
        )
    )
    parts["WKST"] = draw(st.sampled_from(DAYS))
    return ";".join(f"{name}={value}" for name, value in parts.items())


FIRSTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 20)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


@settings(deadline=None, max_examples=200)
@given(rules(), FIRSTS)
def test_a_rule_gives_what_dateutil_gives_from_the_first_start_on(
    rule: str, first: datetime
) -> None:
    expanded = rrulestr(rule, dtstart=first)
    starts = {start for start in takewhile(lambda start: start < HIGH, expanded) if start >= LOW}
    until = rule.partition("UNTIL=")[2].partition(";")[0] or "9999"
    if LOW <= first < HIGH and f"{first:%Y%m%dT%H%M%S}" <= until:
        starts.add(first)
    lines = (f"DTSTART:{first:%Y%m%dT%H%M%S}Z", "DURATION:PT1S", f"RRULE:{in_utc(rule)}")
    asked = Wish(*(int(bound.replace(tzinfo=UTC).timestamp()) for bound in (LOW, HIGH)), zone="UTC")
    series = found(calendar(event(*lines)), asked)
    assert series.instances == len(starts)
    seconds = sorted(int(start.replace(tzinfo=UTC).timestamp()) for start in starts)
    assert series.busy == merged((start, start + 1) for start in seconds)


def in_utc(rule: str) -> str:
    return ";".join(part + "Z" if part.startswith("UNTIL") else part for part in rule.split(";"))


@settings(deadline=None, max_examples=200)
@given(
    rules(("YEARLY", "MONTHLY", "WEEKLY", "DAILY")),
    FIRSTS,
    st.sampled_from(["Europe/Berlin", "Pacific/Chatham", "Asia/Kathmandu", "America/St_Johns"]),
    st.lists(st.integers(0, 60), max_size=3),
)
def test_a_series_in_a_zone_is_what_an_independent_library_makes_of_it(
    rule: str, first: datetime, zone: str, excluded: list[int]
) -> None:
    at = first.strftime("T%H%M%S")
    lines = [
        f"DTSTART;TZID={zone}:{first:%Y%m%dT%H%M%S}",
        "DURATION:PT30M",
        f"RRULE:{in_utc(rule)}",
        *(f"EXDATE;TZID={zone}:{LOW + timedelta(days=n):%Y%m%d}{at}" for n in excluded),
    ]
    content = calendar(event(*lines))
    window = (LOW.replace(tzinfo=UTC), HIGH.replace(tzinfo=UTC))
    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(content)).between(*window)
    moments = [(cast(Any, one["DTSTART"]).dt, cast(Any, one["DTEND"]).dt) for one in theirs]
    spans = [(int(start.timestamp()), int(end.timestamp())) for start, end in moments]
    asked = Wish(*(int(bound.timestamp()) for bound in window), zone="UTC")
    assert found(content, asked).busy == merged(clipped(spans, (asked.start, asked.end)))
