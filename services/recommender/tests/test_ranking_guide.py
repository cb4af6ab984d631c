"""What docs/ranking.md tells people is what they get."""

import re
from pathlib import Path
from typing import get_args

import numpy as np

from recommender.ranking.heatmap import heatmap
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import EmptyReason, Recommendation
from recommender.ranking.rules import NO_RULES, Rules
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED, pack
from recommender.ranking.times import DAY, MINUTE, PollTimes, WallClock

DOCS = Path(__file__).parents[3] / "docs"
HOUR = 60 * MINUTE
NINE = 9 * HOUR


def test_each_cell_has_two_of_three_and_the_hour_only_one() -> None:
    index = poll(Ann=[(0, 30)], Ben=[(30, 60)], Cem=[(0, 60)])
    cells = heatmap(index, 30 * MINUTE, np.ones(3, np.bool_))
    assert cells.free[:2].tolist() == [2, 2]
    assert best(index).available == ("Cem",)


def test_the_picture_of_offered_starts_is_exact() -> None:
    index = poll(Ann=[(20, 160)], Ben=[(5, 120)])
    found = best(index)
    assert (found.start, found.end) == (after(30), after(90))
    assert (found.window, found.latest_start) == ((after(20), after(120)), after(60))
    text = (DOCS / "pictures" / "offered-starts.svg").read_text()
    for shown in ("9:20 to 11:40", "9:05 to 11:00", "9:20–11:00", "9:20 to 10:00", "9:30–10:30"):
        assert shown in text


def test_a_time_too_narrow_for_the_step_is_not_lost() -> None:
    assert best(poll(Ann=[(5, 65)])).start == after(5)


def test_five_people_if_need_be_beat_four_who_prefer_it() -> None:
    hours = {4: IF_NEEDED, 0: PREFERRED}
    index = PollIndex(
        TIMES,
        [
            Person(f"{n}", 1, pack([free(60 * h, 60 * (h + 1), hours[h]) for h in hours if h or n]))
            for n in range(5)
        ],
    )
    assert best(index).score.available == 5
    assert best(index).start == after(240)


def test_half_of_five_who_joined_are_three() -> None:
    half = Rules(min_percentage=50)
    two_of_five = poll(A=[(0, 60)], B=[(0, 60)], C=[], D=[], E=[])
    assert rank(two_of_five, rules=half).empty_reason == "rules_unmet"
    three_of_five = poll(A=[(0, 60)], B=[(0, 60)], C=[(0, 60)], D=[], E=[])
    assert best(three_of_five, half).score.available == 3


def test_every_reason_for_an_empty_answer_is_in_the_guide() -> None:
    guide = (DOCS / "ranking.md").read_text()
    table = re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)
    assert sorted(table) == sorted(get_args(EmptyReason))


TIMES = PollTimes((NINE, NINE + DAY), ((NINE, NINE + 9 * HOUR),), HOUR, 15 * MINUTE, WallClock())


def after(minutes: int) -> int:
    """Nine o'clock and so many minutes."""
    return NINE + minutes * MINUTE


def free(start: int, end: int, level: int = AVAILABLE) -> tuple[int, int, int]:
    return after(start), after(end), level


def poll(**people: list[tuple[int, int]]) -> PollIndex:
    """An hour's meeting, and when people are free, in minutes after nine."""
    return PollIndex(
        TIMES,
        [Person(name, 1, pack([free(*each) for each in spans])) for name, spans in people.items()],
    )


def best(index: PollIndex, rules: Rules = NO_RULES) -> Recommendation:
    return rank(index, rules=rules, limit=1).recommendations[0]
