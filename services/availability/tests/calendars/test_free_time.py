"""Free is the window, or the working hours in it, without what is busy: minute by minute."""

from hypothesis import given
from hypothesis import strategies as st

from availability.calendars.free_time import clipped, merged, widened, without, working_hours
from availability.calendars.testing import seconds, spans
from availability.calendars.zones import by_name

INTERVALS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=12,
)


def units(intervals: list[tuple[int, int]]) -> set[int]:
    return {unit for start, end in intervals for unit in range(start, end)}


@given(INTERVALS, INTERVALS, st.integers(0, 3))
def test_what_is_left_is_what_nothing_takes(
    given_: list[tuple[int, int]], taken: list[tuple[int, int]], buffer: int
) -> None:
    window = (5, 70)
    open_hours = clipped(merged(given_), window)
    kept_free = widened(taken, buffer)
    left = without(open_hours, kept_free)
    around = {unit + shift for unit in units(taken) for shift in range(-buffer, buffer + 1)}
    assert units(left) == (units(given_) & set(range(*window))) - around
    assert left == merged(left)


def test_working_hours_may_pass_midnight_and_begin_before_the_window() -> None:
    window = (seconds("2026-12-01T00:30Z"), seconds("2026-12-03T00:00Z"))
    berlin = by_name("Europe/Berlin")
    assert berlin is not None
    nights = working_hours(window, berlin, 22 * 60, 6 * 60, range(7))
    assert spans(nights) == [
        "12-01 00:30/05:00",
        "12-01 21:00/12-02 05:00",
        "12-02 21:00/12-03 00:00",
    ]


def test_whole_days_of_work_are_one_interval() -> None:
    window = (seconds("2026-12-01T00:00Z"), seconds("2026-12-03T00:00Z"))
    utc = by_name("UTC")
    assert utc is not None
    assert working_hours(window, utc, 0, 24 * 60, range(7)) == [window]
