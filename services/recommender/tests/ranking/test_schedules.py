"""A schedule keeps its meaning through its normal form and its packed bytes."""

import random
from itertools import pairwise

import pytest
from random_polls import intervals

from recommender.ranking.schedules import (
    AVAILABLE,
    IF_NEEDED,
    PREFERRED,
    RECORD,
    Interval,
    pack,
    records,
    unpack,
)


def level_at(given: list[Interval] | tuple[tuple[int, int, int], ...], t: int) -> int:
    return max((level for start, end, level in given if start <= t < end), default=0)


@pytest.mark.parametrize("seed", range(200))
def test_packing_keeps_everybodys_level_at_every_instant(seed: int) -> None:
    given = intervals(random.Random(seed), (0, 40), 1, (1, 2, 5, 11, 19))
    packed = unpack(pack(given))
    assert [level_at(packed, t) for t in range(-9, 70)] == [
        level_at(given, t) for t in range(-9, 70)
    ]
    for one, next_one in pairwise(packed):
        assert one.end < next_one.start or (
            one.end == next_one.start and one.level != next_one.level
        )


def test_where_levels_overlap_the_higher_wins() -> None:
    packed = pack([(0, 10, IF_NEEDED), (2, 8, AVAILABLE), (4, 6, PREFERRED)])
    assert [interval.level for interval in unpack(packed)] == [1, 2, 3, 2, 1]


def test_a_packed_interval_takes_seventeen_bytes() -> None:
    packed = pack([(5, 9, PREFERRED), (1, 3, AVAILABLE)])
    assert packed == (
        b"\x02" + (1).to_bytes(8, "little") + (3).to_bytes(8, "little")
        + b"\x03" + (5).to_bytes(8, "little") + (9).to_bytes(8, "little")
    )  # fmt: skip
    assert records(packed).dtype == RECORD
    assert records(packed)["end"].tolist() == [3, 9]


def test_an_empty_schedule_is_packed_into_nothing() -> None:
    assert pack([]) == b""
    assert unpack(b"") == []


@pytest.mark.parametrize("wrong", [(5, 5, 2), (6, 5, 2), (1, 2, 0), (1, 2, 4)])
def test_an_interval_without_length_or_level_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        pack([wrong])
