"""What the ranking says about polls small enough to follow by eye."""

from collections.abc import Callable
from contextvars import copy_context

import pytest

from recommender.ranking.attendance import missing
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Ranking, Recommendation
from recommender.ranking.rules import NO_RULES, GroupRule, Rules, demands_anything
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED, pack
from recommender.ranking.stopping import Stopped, stop_when
from recommender.ranking.times import DAY, MINUTE, PollTimes, WallClock

HOUR = 60 * MINUTE
NINE_TO_SIX = (9 * HOUR, 18 * HOUR)


def times(duration: int = HOUR, *slots: tuple[int, int]) -> PollTimes:
    return PollTimes(
        window=(0, 2 * DAY),
        slots=slots or (NINE_TO_SIX,),
        duration=duration,
        step=15 * MINUTE,
        clock=WallClock(),
    )


def person(name: str, *hours: tuple[float, float, int], weight: int = 1) -> Person:
    intervals = [(int(start * HOUR), int(end * HOUR), level) for start, end, level in hours]
    return Person(name, weight, pack(intervals))


def ranking(*people: Person) -> Ranking:
    return rank(PollIndex(times(), people))


def best(*people: Person) -> Recommendation:
    return ranking(*people).recommendations[0]


def test_people_free_for_half_an_hour_each_do_not_make_an_hour() -> None:
    ann = person("ann", (9, 9.5, AVAILABLE))
    bob = person("bob", (9.5, 10, AVAILABLE))
    cleo = person("cleo", (9, 10, AVAILABLE))
    assert best(ann, bob, cleo).available == ("cleo",)
    assert ranking(ann, bob).empty_reason == "no_common_time"


def test_whoever_is_free_in_a_part_of_the_time_learns_which_part_is_missing() -> None:
    ann, cleo = person("ann", (9, 9.5, AVAILABLE)), person("cleo", (9, 10, AVAILABLE))
    bob = person("bob", (9.25, 9.5, AVAILABLE), (9.75, 12, IF_NEEDED))
    index = PollIndex(times(), [cleo, bob, ann, person("dan"), Person("eve")])
    first, *_ = missing(index, rank(index).recommendations)
    assert {name: [(a / HOUR, b / HOUR) for a, b in gaps] for name, gaps in first.items()} == {
        "ann": [(9.5, 10)],
        "bob": [(9, 9.25), (9.5, 9.75)],
    }


def test_exactly_the_duration_is_enough() -> None:
    only = best(person("ann", (9, 10, AVAILABLE)))
    assert (only.start, only.latest_start, only.window) == (
        9 * HOUR,
        9 * HOUR,
        (9 * HOUR, 10 * HOUR),
    )


def test_more_people_come_before_happier_people() -> None:
    first, second = ranking(
        person("ann", (9, 10, IF_NEEDED), (12, 13, PREFERRED)),
        person("bob", (9, 10, IF_NEEDED)),
    ).recommendations
    assert (first.if_needed, first.start) == (("ann", "bob"), 9 * HOUR)
    assert (second.preferred, second.start) == (("ann",), 12 * HOUR)


def test_fewer_if_needed_come_before_more_preferred() -> None:
    first, second = ranking(
        person("ann", (9, 10, PREFERRED), (12, 13, AVAILABLE)),
        person("bob", (9, 10, IF_NEEDED), (12, 13, AVAILABLE)),
    ).recommendations
    assert (first.start, second.start) == (12 * HOUR, 9 * HOUR)


def test_a_heavier_person_outweighs_two_others() -> None:
    first, *_ = ranking(
        person("ann", (9, 10, AVAILABLE)),
        person("bob", (9, 10, AVAILABLE)),
        person("cleo", (12, 13, AVAILABLE), weight=3),
    ).recommendations
    assert (first.available, first.score.weight, first.score.available) == (("cleo",), 3, 1)


def test_equally_good_times_share_a_tier_and_the_earlier_is_first() -> None:
    found = ranking(
        person("ann", (9, 10, AVAILABLE), (12, 13, AVAILABLE), (15, 16, IF_NEEDED))
    ).recommendations
    assert [(each.rank, each.tier, each.start // HOUR) for each in found] == [
        (1, 1, 9),
        (2, 1, 12),
        (3, 2, 15),
    ]


def test_a_long_common_time_is_one_recommendation_though_the_level_changes_in_it() -> None:
    found = ranking(person("ann", (9, 11, AVAILABLE), (11, 12, PREFERRED))).recommendations
    assert len(found) == 1
    assert found[0].start == 11 * HOUR
    assert found[0].window == (9 * HOUR, 12 * HOUR)
    assert found[0].latest_start == 11 * HOUR


def test_distinct_recommendations_never_overlap_and_others_may() -> None:
    index = PollIndex(
        times(), [person("ann", (9, 12, AVAILABLE)), person("bob", (9.75, 11, AVAILABLE))]
    )
    apart = rank(index).recommendations
    assert [each.start / HOUR for each in apart] == [9.75, 10.75]
    close = rank(index, distinct=False).recommendations
    assert [each.start / HOUR for each in close] == [9.75, 9]


def test_starts_are_offered_on_the_step_unless_a_run_holds_none() -> None:
    on_step = best(person("ann", (9 + 1 / 60, 11, AVAILABLE)))
    assert (on_step.start, on_step.window[0]) == (int(9.25 * HOUR), 9 * HOUR + MINUTE)
    between = best(person("ann", (9 + 1 / 60, 10 + 2 / 60, AVAILABLE)))
    assert between.start == 9 * HOUR + MINUTE


def test_whoever_has_not_answered_is_possible_but_not_guaranteed() -> None:
    only = best(person("ann", (9, 10, AVAILABLE)), Person("bob"), person("cleo"))
    assert only.unanswered == ("bob",)
    assert only.unavailable == ("cleo",)
    assert (only.guaranteed, only.possible) == (1, 2)


def test_reasons_say_what_holds_of_a_recommendation() -> None:
    ann, bob = (
        person("ann", (9, 10, PREFERRED), (12, 13, AVAILABLE)),
        person("bob", (9, 10, PREFERRED)),
    )
    first, second = ranking(ann, bob, Person("cleo")).recommendations
    assert first.reasons == ("most_available", "everyone_who_answered", "everyone_prefers_it")
    assert second.reasons == ()


def test_an_empty_answer_says_why() -> None:
    ann = person("ann", (9, 9.5, AVAILABLE))
    assert rank(PollIndex(times(10 * HOUR), [ann])).empty_reason == "window_too_short"
    assert rank(PollIndex(times())).empty_reason == "no_schedules"
    assert rank(PollIndex(times(), [Person("ann")])).empty_reason == "no_schedules"
    assert rank(PollIndex(times(), [ann])).empty_reason == "no_common_time"
    assert rank(PollIndex(times(HOUR // 2), [ann])).empty_reason is None


def test_rules_that_nobody_keeps_leave_an_empty_answer_that_says_so() -> None:
    index = PollIndex(times(), [person("ann", (9, 10, AVAILABLE)), person("bob")])
    assert rank(index, rules=Rules(min_available=2)).empty_reason == "rules_unmet"
    assert rank(index, rules=Rules(min_percentage=50)).empty_reason is None
    (only,) = rank(index, rules=Rules(min_percentage=51), include_unmet=True).recommendations
    assert (only.unmet, only.meets_rules) == (("min_percentage",), False)


def test_a_time_that_keeps_the_rules_beats_more_people_and_does_not_claim_most() -> None:
    ann = person("ann", (9, 10, AVAILABLE))._replace(required=True)
    bob, cleo = person("bob", (12, 13, AVAILABLE)), person("cleo", (12, 13, AVAILABLE))
    first, second = rank(PollIndex(times(), [ann, bob, cleo]), include_unmet=True).recommendations
    assert (first.available, first.unmet, first.reasons) == (("ann",), (), ())
    assert (second.available, second.unmet) == (("bob", "cleo"), ("required",))
    assert second.reasons == ("most_available",)


def test_a_rule_demands_something_only_where_it_can_be_broken() -> None:
    ann = person("ann", (9, 10, AVAILABLE))._replace(groups=("east",))
    index = PollIndex(times(), [ann])
    assert not demands_anything(index, NO_RULES)
    assert not demands_anything(index, Rules(groups=(GroupRule("west", 1),)))
    assert demands_anything(index, Rules(groups=(GroupRule("east", 1),)))
    index.put(ann._replace(required=True))
    assert demands_anything(index, NO_RULES)


def test_another_duration_is_ranked_without_changing_the_poll() -> None:
    index = PollIndex(
        times(), [person("ann", (9, 11, AVAILABLE)), person("bob", (9, 10, AVAILABLE))]
    )
    longer = rank(index.lasting(2 * HOUR))
    assert (longer.duration, longer.recommendations[0].available) == (2 * HOUR, ("ann",))
    assert rank(index).recommendations[0].available == ("ann", "bob")


def test_a_meeting_lies_in_one_slot() -> None:
    ann = person("ann", (9, 18, AVAILABLE))
    apart = times(2 * HOUR, (9 * HOUR, 10 * HOUR), (11 * HOUR, 12 * HOUR))
    assert rank(PollIndex(apart, [ann])).empty_reason == "window_too_short"
    touching = times(2 * HOUR, (9 * HOUR, 10 * HOUR), (10 * HOUR, 11 * HOUR))
    assert rank(PollIndex(touching, [ann])).recommendations[0].start == 9 * HOUR


def test_a_new_weight_counts_without_a_new_schedule() -> None:
    ann, bob = person("ann", (9, 10, AVAILABLE)), person("bob", (12, 13, AVAILABLE))
    index = PollIndex(times(), [ann, bob])
    index.put(bob._replace(weight=2))
    assert rank(index).recommendations[0].available == ("bob",)


def test_a_withdrawn_schedule_leaves_somebody_who_has_not_answered() -> None:
    ann, bob = person("ann", (9, 10, AVAILABLE)), person("bob", (9, 10, AVAILABLE))
    index = PollIndex(times(), [ann, bob])
    index.put(bob._replace(schedule=None))
    found = rank(index)
    assert (found.participants, found.answered) == (2, 1)
    assert found.recommendations[0].unanswered == ("bob",)


def test_whoever_left_does_not_count_at_all() -> None:
    ann, bob = person("ann", (9, 10, AVAILABLE)), person("bob", (9, 10, AVAILABLE))
    index = PollIndex(times(), [ann, bob])
    index.remove("ann")
    index.remove("ann")
    assert repr(rank(index)) == repr(rank(PollIndex(times(), [bob])))


def test_a_ranking_that_nobody_waits_for_stops_and_so_does_one_of_another_duration() -> None:
    index = PollIndex(times(), [person("ann", (9, 12, AVAILABLE))])

    def given_up(work: Callable[[], object]) -> None:
        stop_when(lambda: True)
        with pytest.raises(Stopped):
            work()

    copy_context().run(given_up, lambda: rank(index))
    copy_context().run(given_up, lambda: index.lasting(2 * HOUR))
    assert rank(index).recommendations
