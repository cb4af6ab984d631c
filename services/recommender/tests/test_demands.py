"""Rules of a poll's and of a caller's, people left out, and slots: by HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from contracts.polls import GroupRule, PollRevised, Rules
from recommender.bodies import Recommendations
from recommender.testing import AT, Others, Recommender, details_of, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shown(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    Recommendations.model_validate_json(answer.content)
    document: dict[str, Any] = answer.json()
    return document


def found(answer: Response) -> list[tuple[str, list[str]]]:
    return [(each["start"], each["unmet"]) for each in shown(answer)["recommendations"]]


def pointers(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


def query(name: str, value: object) -> dict[str, Any]:
    return {name: str(value)}


async def test_times_that_break_a_rule_are_left_out_or_come_last(
    recommender: Recommender, they: Others
) -> None:
    rules = Rules(min_available=2, groups=(GroupRule(name="east", at_least=2),))
    poll = await they.opened(rules=rules)
    ann = await they.answered(poll, "Ann", free(0, 1), free(4, 5))
    await they.answered(poll, "Ben", free(0, 1), free(6, 7))
    await they.answered(poll, "Cleo", free(0, 1), free(4, 5))
    assert found(await recommender.asked(poll)) == [(hour(0), []), (hour(4), [])]
    await they.weighs(poll, ann, 1, role="required", groups=("east",))
    both = await recommender.asked(poll, include_unmet="true")
    assert found(both) == [
        (hour(0), []),
        (hour(4), []),
        (hour(6), ["required", "min_available", "group:east"]),
    ]
    assert [each["meets_rules"] for each in both.json()["recommendations"]] == [True, True, False]
    assert [each["tier"] for each in both.json()["recommendations"]] == [1, 2, 3]


async def test_a_caller_may_demand_more_or_less_than_the_poll(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(rules=Rules(min_percentage=60))
    await they.answered(poll, "Ann", free(0, 1), free(4, 5))
    await they.answered(poll, "Ben", free(0, 1))
    assert found(await recommender.asked(poll)) == [(hour(0), [])]
    assert len(found(await recommender.asked(poll, min_percentage=50))) == 2
    assert len(found(await recommender.asked(poll, min_percentage=0))) == 2
    demanding = shown(await recommender.asked(poll, min_available=3))
    assert demanding["recommendations"] == []
    assert demanding["empty_reason"] == "rules_unmet"


async def test_a_rule_that_is_dropped_counts_no_more(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(rules=Rules(min_available=2))
    await they.answered(poll, "Ann", free(0, 1))
    assert found(await recommender.asked(poll)) == []
    await they.decides(poll, PollRevised(poll_id=poll.id, details=details_of(), revised_at=AT))
    assert found(await recommender.asked(poll)) == [(hour(0), [])]


async def test_whoever_is_ignored_is_not_in_the_answer_at_all(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(rules=Rules(min_percentage=100))
    ann = await they.answered(poll, "Ann", free(0, 1))
    ben = await they.answered(poll, "Ben", free(4, 5))
    assert found(await recommender.asked(poll)) == []
    answer = await recommender.asked(poll, ignore=str(ann.id))
    assert found(answer) == [(hour(4), [])]
    assert shown(answer)["participants"] == {"total": 1, "answered": 1}
    (best,) = shown(answer)["recommendations"]
    assert (best["available"], best["unavailable"]) == ([str(ben.id)], [])
    nobody = shown(await recommender.asked(poll, ignore=[str(ann.id), str(ben.id)]))
    assert (nobody["recommendations"], nobody["empty_reason"]) == ([], "no_schedules")


async def test_slots_are_all_meetings_that_fit_one_after_the_other(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 3.75))
    slots = shown(await recommender.asked(poll, format="slots"))["recommendations"]
    assert [each["start"] for each in slots] == [hour(0), hour(1), hour(2)]
    assert [each["rank"] for each in slots] == [1, 2, 3]
    assert {each["tier"] for each in slots} == {1}
    assert len(found(await recommender.asked(poll, format="slots", limit=2))) == 2
    assert found(await recommender.asked(poll)) == [(hour(0), [])]


async def test_ignoring_somebody_who_is_not_in_the_poll_is_refused(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    stranger = str(uuid4())
    refused = await recommender.asked(poll, ignore=[str(ann.id), stranger])
    assert pointers(refused) == ["?ignore"]
    assert stranger in refused.json()["errors"][0]["detail"]
    assert found(await recommender.asked(poll)) == [(hour(0), [])]
    await they.erases(poll, ann)
    assert pointers(await recommender.asked(poll, ignore=str(ann.id))) == ["?ignore"]


@pytest.mark.parametrize(
    ("name", "edges", "beyond"),
    [
        ("limit", (1, 100), (0, 101)),
        ("min_available", (0, 10_000), (-1, 10_001)),
        ("min_percentage", (0, 100), (-1, 101)),
    ],
)
async def test_numbers_are_taken_up_to_their_bounds(
    recommender: Recommender,
    they: Others,
    name: str,
    edges: tuple[int, ...],
    beyond: tuple[int, ...],
) -> None:
    poll = await they.opened()
    for edge in edges:
        shown(await recommender.asked(poll, **query(name, edge)))
    for number in beyond:
        assert pointers(await recommender.asked(poll, **query(name, number))) == [f"?{name}"]


async def test_a_hundred_people_may_be_ignored_and_no_more(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    shown(await recommender.asked(poll, ignore=[str(ann.id)] * 100))
    assert pointers(await recommender.asked(poll, ignore=[str(ann.id)] * 101)) == ["?ignore"]
    for name, value in (("format", "days"), ("include_unmet", "perhaps")):
        assert pointers(await recommender.asked(poll, **query(name, value))) == [f"?{name}"]
    assert pointers(await recommender.asked(poll, ignore="ann")) == ["?ignore"]
