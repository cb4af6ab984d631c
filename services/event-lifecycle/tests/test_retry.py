from datetime import UTC, datetime, timedelta

import pytest

from event_lifecycle.webhooks.retry import LONGEST_PAUSE, Attempt, Verdict, retry_after, verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCHEDULE = (timedelta(seconds=5), timedelta(minutes=1))
EVEN = 0.5


def attempt(status: int | None = None, wait: timedelta | None = None) -> Attempt:
    error = None if status is not None and status < 300 else "failed"
    return Attempt(NOW, timedelta(), status, error, retry_after=wait)


def test_an_accepted_message_is_delivered() -> None:
    assert verdict(attempt(204), 1, SCHEDULE, EVEN) == Verdict("delivered")


@pytest.mark.parametrize("status", [None, 302, 400, 404, 429, 500, 503])
def test_every_failure_is_tried_again_after_the_pause_of_its_number(status: int | None) -> None:
    assert verdict(attempt(status), 1, SCHEDULE, EVEN) == Verdict("pending", SCHEDULE[0])
    assert verdict(attempt(status), 2, SCHEDULE, EVEN) == Verdict("pending", SCHEDULE[1])


def test_after_the_last_attempt_the_delivery_is_dead() -> None:
    assert verdict(attempt(500), 3, SCHEDULE, EVEN) == Verdict("dead")


def test_gone_ends_the_delivery_and_the_endpoint() -> None:
    assert verdict(attempt(410), 1, SCHEDULE, EVEN) == Verdict("dead", disable=True)


def test_pauses_spread_by_a_fifth_both_ways() -> None:
    assert verdict(attempt(500), 1, SCHEDULE, 0.0).pause == SCHEDULE[0] * 0.8
    assert verdict(attempt(500), 1, SCHEDULE, 1.0).pause == SCHEDULE[0] * 1.2


def test_the_partner_may_ask_for_a_longer_pause_but_not_for_a_shorter_one() -> None:
    hour = timedelta(hours=1)
    assert verdict(attempt(503, hour), 1, SCHEDULE, EVEN).pause == hour
    assert verdict(attempt(503, timedelta()), 1, SCHEDULE, EVEN).pause == SCHEDULE[0]
    assert verdict(attempt(503, timedelta(days=9)), 1, SCHEDULE, EVEN).pause == LONGEST_PAUSE


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_overloaded_partner_asks_for_less(status: int) -> None:
    assert attempt(status).asks_for_less
    assert not attempt(500).asks_for_less


def test_a_pause_is_for_the_whole_endpoint_where_the_answer_is_about_who_asks() -> None:
    hour = timedelta(hours=1)
    assert [attempt(status, hour).asked_pause for status in (429, 503)] == [hour, hour]
    assert attempt(500, hour).asked_pause is None


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        ("9" * 400, LONGEST_PAUSE),
        ("9" * 5_000, LONGEST_PAUSE),
        ("Thu, 01 Jan 2026 00:02:00 GMT", timedelta(minutes=2)),
        ("Thu, 01 Jan 2025 00:00:00 GMT", timedelta()),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, pause: timedelta | None) -> None:
    assert retry_after(header, NOW) == pause
