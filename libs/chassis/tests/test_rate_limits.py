"""Token buckets: what passes, what waits, and what is forgotten."""

import random

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.rate_limits import Allowance, RateLimit, TokenBuckets, allowance


def test_a_full_bucket_gives_its_burst_and_not_one_more() -> None:
    buckets = TokenBuckets(Allowance(per_second=10, burst=5))
    assert [buckets.take("a", 0.0).left for _ in range(5)] == [4, 3, 2, 1, 0]
    refused = buckets.take("a", 0.0)
    assert (refused.left, refused.wait) == (0, pytest.approx(0.1))


def test_a_refusal_costs_nothing() -> None:
    buckets = TokenBuckets(Allowance(per_second=1, burst=1))
    buckets.take("a", 0.0)
    for moment in range(9):
        assert buckets.take("a", moment / 10).wait == pytest.approx(1 - moment / 10)
    assert buckets.take("a", 1.0).wait == 0


def test_whoever_waits_as_long_as_told_is_served() -> None:
    buckets = TokenBuckets(Allowance(per_second=3, burst=2))
    now = 1_000_000.123
    for _ in range(1000):
        taken = buckets.take("a", now)
        now += taken.wait
        assert not taken.wait or buckets.take("a", now).wait == 0


def test_keys_do_not_share_a_bucket() -> None:
    buckets = TokenBuckets(Allowance(per_second=1, burst=1))
    assert buckets.take("a", 0.0).wait == 0
    assert buckets.take("b", 0.0).wait == 0
    assert buckets.take("a", 0.0).wait > 0


def test_a_bucket_is_never_fuller_than_full() -> None:
    buckets = TokenBuckets(Allowance(per_second=10, burst=5))
    buckets.take("a", 0.0)
    assert buckets.take("a", 1e6).left == 4


def test_time_that_goes_back_gives_nothing() -> None:
    buckets = TokenBuckets(Allowance(per_second=1, burst=1))
    buckets.take("a", 100.0)
    assert buckets.take("a", 0.0).wait > 1


def test_in_any_span_no_more_passes_than_the_rate_and_one_burst() -> None:
    chance = random.Random(4)
    buckets = TokenBuckets(Allowance(per_second=7, burst=20))
    now, passed = 0.0, list[float]()
    for _ in range(20_000):
        now += chance.expovariate(30)
        if not buckets.take("a", now).wait:
            passed.append(now)
    for first in range(0, len(passed), 13):
        for last in range(first, min(first + 300, len(passed)), 17):
            most = 20 + 7 * (passed[last] - passed[first]) + 1e-6
            assert last - first + 1 <= most
    # And who asks all the time gets all of the rate.
    assert len(passed) >= 7 * now


def test_the_idlest_key_is_forgotten() -> None:
    buckets = TokenBuckets(Allowance(per_second=1, burst=1), most_keys=3)
    for key in ("a", "b", "c", "a", "d"):  # the second time "a" is refused, and no longer idle
        buckets.take(key, 0.0)
    assert len(buckets) == 3
    assert buckets.take("a", 0.0).wait > 0
    assert buckets.take("b", 0.0).wait == 0


def test_a_million_keys_take_the_memory_of_a_few() -> None:
    buckets = TokenBuckets(Allowance(per_second=1, burst=1), most_keys=100)
    for key in range(1_000_000):
        buckets.take(key, key / 1000)
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("50/s burst 500", Allowance(50, 500)),
        ("50/s", Allowance(50, 50)),
        ("5/m", Allowance(5 / 60, 5)),
        ("20/h burst 3", Allowance(20 / 3600, 3)),
        ("9999999/d", Allowance(9_999_999 / 86_400, 9_999_999)),
        ("off", None),
        ("0", None),
    ],
)
def test_an_allowance_is_read(written: str, meant: Allowance | None) -> None:
    assert allowance(written) == meant


@pytest.mark.parametrize(
    "written", ["", "50", "50/s burst", "0/s", "50/s burst 0", "-1/s", "1.5/s", "1/w", "10000000/s"]
)
def test_anything_else_is_refused_with_the_form_it_must_have(written: str) -> None:
    with pytest.raises(ValueError, match="must be like `50/s burst 500`"):
        allowance(written)
    with pytest.raises(ValidationError):
        TypeAdapter(RateLimit).validate_python(written)


def test_a_setting_is_kept_as_it_is_written() -> None:
    setting = TypeAdapter(RateLimit)
    assert setting.validate_python(" 50/s burst 500 ") == "50/s burst 500"
    assert setting.validate_python(0) == "0"
