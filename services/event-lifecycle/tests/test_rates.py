from hypothesis import given
from hypothesis import strategies as st

from event_lifecycle.webhooks.rates import BURST_S, RECOVERY_S, SLOWEST, Rate

LIMIT = 50


def send_all_it_allows(rate: Rate, begin: float, end: float, beat: float = 0.02) -> int:
    sent, now = 0, begin
    while now < end:
        room = rate.room(now)
        rate.take(room, now)
        sent, now = sent + room, now + beat
    return sent


@given(st.integers(1, 1_000), st.lists(st.floats(0, 2), max_size=50))
def test_no_more_is_sent_than_the_rate_and_one_burst(limit: int, pauses: list[float]) -> None:
    rate, now, sent = Rate(limit, 0.0), 0.0, 0
    for pause in pauses:
        room = rate.room(now)
        assert room >= 0
        rate.take(room, now)
        sent, now = sent + room, now + pause
    assert sent <= limit * now + max(1, limit * BURST_S) + 1e-6


@given(st.integers(1, 1_000), st.floats(0, 10))
def test_after_the_pause_it_names_there_is_room(limit: int, waited: float) -> None:
    rate = Rate(limit, 0.0)
    rate.take(rate.room(0.0), 0.0)
    after = waited + rate.pause(waited)
    assert rate.room(after + 1e-6) >= 1


def test_a_steady_endpoint_gets_its_whole_rate() -> None:
    assert 490 <= send_all_it_allows(Rate(LIMIT, 0.0), 0.0, 10.0) <= 511


def test_a_refusal_halves_the_rate() -> None:
    rate = Rate(LIMIT, 0.0)
    rate.slow_down(begun=0.0, now=0.1)
    assert 245 <= send_all_it_allows(rate, 0.1, 10.1) <= 261


def test_what_was_under_way_when_it_was_halved_halves_it_no_further() -> None:
    rate = Rate(LIMIT, 0.0)
    for _ in range(10):
        rate.slow_down(begun=0.0, now=0.1)
    rate.slow_down(begun=0.1, now=0.2)
    assert 120 <= send_all_it_allows(rate, 0.2, 10.2) <= 131


def test_it_never_becomes_slower_than_once_a_second() -> None:
    rate = Rate(LIMIT, 0.0)
    for n in range(100):
        rate.slow_down(begun=float(n), now=float(n))
    rate.take(rate.room(100.0), 100.0)
    assert rate.pause(100.0) <= 1 / SLOWEST


def test_a_minute_of_successes_brings_it_back_and_half_a_minute_does_not() -> None:
    rate, now = Rate(LIMIT, 0.0), 0.0
    rate.slow_down(begun=0.0, now=0.0)
    for _ in range(round(RECOVERY_S / 4 / 0.1)):
        now += 0.1
        rate.speed_up(now)
    assert not rate.at_ease(now + 1)
    for _ in range(round(RECOVERY_S / 4 / 0.1) + 1):
        now += 0.1
        rate.speed_up(now)
    assert rate.at_ease(now + 1)


def test_an_hour_of_silence_is_no_success() -> None:
    rate = Rate(LIMIT, 0.0)
    rate.slow_down(begun=0.0, now=0.0)
    rate.speed_up(3_600.0)
    assert not rate.at_ease(3_601.0)


def test_its_owner_may_change_the_rate() -> None:
    rate = Rate(LIMIT, 0.0)
    rate.limited_to(5, 0.0)
    assert send_all_it_allows(rate, 1.0, 11.0) <= 51
    rate.limited_to(LIMIT, 11.0)
    assert send_all_it_allows(rate, 11.0, 21.0) >= 490
