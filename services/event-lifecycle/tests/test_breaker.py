from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_lifecycle.webhooks.breaker import Breaker, Tolerance

TOLERANCE = Tolerance()


def note_all(breaker: Breaker, outcomes: str, every: float = 0.1) -> bool:
    """`.` is a success, `x` a failure, `t` a timeout; whether the last of them opens it."""
    opens = False
    for n, outcome in enumerate(outcomes):
        opens = breaker.note(failed=outcome != ".", timed_out=outcome == "t", now=n * every)
    return opens


@pytest.mark.parametrize(
    ("outcomes", "opens"),
    [
        ("xxxxxxxxx", False),
        ("xxxxxxxxxx", True),
        ("...xxxxxxx", True),
        ("....xxxxxx", False),
        ("tttt", False),
        ("ttttt", True),
        ("tttt.t", False),
        ("tttt.ttttt", True),
        ("." * 100 + "x" * 60, False),
    ],
)
def test_it_opens_at_seven_failures_of_ten_or_at_five_timeouts_in_a_row(
    outcomes: str, opens: bool
) -> None:
    assert note_all(Breaker(TOLERANCE), outcomes) is opens


def test_what_is_more_than_a_minute_ago_does_not_count() -> None:
    breaker = Breaker(TOLERANCE)
    assert not note_all(breaker, "x" * 9)
    assert not breaker.note(failed=True, timed_out=False, now=62.0)
    assert note_all(Breaker(TOLERANCE), "x" * 10, every=5.0)


def test_what_was_under_way_when_it_opened_opens_it_no_second_time() -> None:
    breaker = Breaker(TOLERANCE)
    assert note_all(breaker, "t" * 5)
    assert not any(breaker.note(failed=True, timed_out=True, now=1.0) for _ in range(10))


def test_when_it_is_closed_again_counting_begins_anew() -> None:
    breaker = Breaker(TOLERANCE)
    note_all(breaker, "t" * 5)
    breaker.closed()
    assert not note_all(breaker, "tttt")
    assert breaker.note(failed=True, timed_out=True, now=1.0)


def test_each_time_in_a_row_it_stays_open_twice_as_long_up_to_ten_minutes() -> None:
    pauses = [TOLERANCE.pause(n) for n in range(1, 8)]
    assert pauses == [timedelta(seconds=s) for s in (30, 60, 120, 240, 480, 600, 600)]
    assert TOLERANCE.pause(10_000) == timedelta(minutes=10)


def test_a_minute_after_the_last_attempt_it_is_as_good_as_new() -> None:
    breaker = Breaker(TOLERANCE)
    note_all(breaker, "x.x")
    assert not breaker.at_ease(30.0)
    assert breaker.at_ease(62.0)


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=80))
def test_it_opens_exactly_when_a_count_of_the_last_minute_says_so(
    outcomes: list[tuple[float, bool]],
) -> None:
    breaker, now, seen = Breaker(TOLERANCE), 0.0, list[tuple[int, bool]]()
    for pause, failed in outcomes:
        now += pause
        seen.append((int(now), failed))
        recent = [f for at, f in seen if at > int(now) - 60]
        expected = len(recent) >= 10 and sum(recent) >= 0.7 * len(recent)
        assert breaker.note(failed=failed, timed_out=False, now=now) is expected
        if expected:
            return
