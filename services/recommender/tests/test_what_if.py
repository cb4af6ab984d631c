"""What would be: each thing that can be supposed, and that the answer says so."""

from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest
from httpx import Response

from contracts.polls import Buffer, DailyHours, PollClosed, Rules, Visibility
from inbox.testing.service import until
from recommender.bodies import Recommendations
from recommender.testing import AT, START, Others, Poll, Recommender, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shown(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    Recommendations.model_validate_json(answer.content)
    document: dict[str, Any] = answer.json()
    return document


def starts(answer: Response) -> list[str]:
    return [each["start"] for each in shown(answer)["recommendations"]]


def interval(start: float, end: float, preference: str = "available") -> dict[str, str]:
    return {"start": hour(start), "end": hour(end), "preference": preference}


async def test_nothing_supposed_is_the_poll_as_it_is(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 2), free(3, 5, "preferred"))
    await they.answered(poll, "Ben", free(1, 4))
    await they.joined(poll, "Cleo")

    async def all_named() -> bool:
        return len(shown(await recommender.asked(poll))["people"]) == 3

    await until(all_named)
    queries: tuple[dict[str, Any], ...] = (
        {},
        {"limit": 1},
        {"distinct": "false"},
        {"people": "counts"},
    )
    for query in queries:
        asked = await recommender.asked(poll, **query)
        supposed = await recommender.supposing(poll, {}, **query)
        assert supposed.content == asked.content
    nothing: dict[str, Any] = {"duration": None, "window": None, "schedules": {}, "add": []}
    assert (await recommender.supposing(poll, nothing)).json() == shown(
        await recommender.asked(poll)
    )


async def test_an_answer_says_of_which_facts_it_is_and_is_not_to_be_kept(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 1))
    headers = (await recommender.supposing(poll, {"duration": 30})).headers
    assert headers["commontime-sequence"] == "polls=1, schedules=2"
    assert headers["cache-control"] == "no-store"
    assert "etag" not in headers


async def test_another_duration(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 1), free(2, 4))
    answer = await recommender.supposing(poll, {"duration": "PT2H"})
    assert (shown(answer)["duration"], starts(answer)) == ("PT2H", [hour(2)])
    assert answer.content == (await recommender.asked(poll, duration="PT2H")).content


async def test_other_schedules(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    ben = await they.answered(poll, "Ben", free(2, 3))
    later = {"schedules": {str(ann.id): [interval(2, 3, "preferred"), interval(2, 2.5)]}}
    (best,) = shown(await recommender.supposing(poll, later))["recommendations"]
    assert best["available"] == sorted((str(ann.id), str(ben.id)))
    assert best["preferred"] == [str(ann.id)]
    document = shown(await recommender.supposing(poll, {"schedules": {str(ann.id): []}}))
    assert document["participants"] == {"total": 2, "answered": 2}
    document = shown(await recommender.supposing(poll, {"schedules": {str(ann.id): None}}))
    assert document["participants"] == {"total": 2, "answered": 1}
    assert document["recommendations"][0]["unanswered"] == [str(ann.id)]


async def test_people_left_out(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    await they.answered(poll, "Ben", free(2, 3))
    document = shown(await recommender.supposing(poll, {"ignore": [str(ann.id)]}))
    assert document["participants"] == {"total": 1, "answered": 1}
    assert [each["start"] for each in document["recommendations"]] == [hour(2)]
    assert str(ann.id) not in document["people"]


async def test_people_who_join_and_what_they_are_called(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(visibility=Visibility(names="organiser"))
    ann = await they.answered(poll, "Ann", free(0, 1), free(4, 5))
    add = [
        {"name": "Ben", "intervals": [interval(4, 5)]},
        {"name": "Ben", "intervals": [interval(4, 6, "if_needed")], "weight": 5},
    ]
    answer = await recommender.supposing(poll, {"add": add}, poll.answer)
    document = shown(answer)
    first, second = (str(uuid5(poll.id, f"added-{n}")) for n in (0, 1))
    best = document["recommendations"][0]
    assert best["available"] == sorted([str(ann.id), first, second])
    assert best["if_needed"] == [second]
    assert best["score"]["weight"] == 7
    # The caller knows those names, whoever else's are hidden.
    assert document["people"] == {first: {"name": "Ben"}, second: {"name": "Ben"}}
    assert document["participants"] == {"total": 3, "answered": 3}
    assert (await recommender.supposing(poll, {"add": add}, poll.answer)).content == answer.content


async def test_another_window_is_cut_to_the_hours_of_the_poll(
    recommender: Recommender, they: Others
) -> None:
    hours = DailyHours(start=START.time(), end=START.replace(hour=11).time())
    poll = await they.opened(daily_hours=hours, timezone="Europe/Berlin")
    await they.answered(poll, None, free(-1, 1), free(20, 50))
    window = {"start": "2027-03-01T09:00", "end": "2027-03-03T12:00:00+01:00"}
    answer = await recommender.supposing(poll, {"window": window})
    # 09:00 in Berlin is an hour before that in UTC.
    assert starts(answer) == [hour(-1), hour(23), hour(47)]


async def test_other_rules_replace_the_buffers_too(recommender: Recommender, they: Others) -> None:
    rules = Rules(buffer=Buffer(before=timedelta(hours=1)))
    poll = await they.opened(rules=rules)
    await they.answered(poll, None, free(2, 4))
    assert starts(await recommender.asked(poll)) == [hour(3)]
    assert starts(await recommender.supposing(poll, {"rules": {}})) == [hour(2)]
    after: dict[str, Any] = {"buffer": {"after": "PT30M"}}
    assert starts(await recommender.supposing(poll, {"rules": after})) == [hour(2)]
    answer = await recommender.supposing(poll, {"rules": after}, distinct="false")
    assert shown(answer)["recommendations"][0]["latest_start"] == hour(2.5)
    armed = {**after, "auto_finalise": {"when": "everyone_answered", "expected": 2}}
    assert (
        await recommender.supposing(poll, {"rules": armed}, distinct="false")
    ).content == answer.content


async def test_what_would_be_is_asked_of_a_poll_that_is_over_too(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 1))
    await they.decides(poll, PollClosed(poll_id=poll.id, reason="manual", closed_at=AT))
    assert starts(await recommender.supposing(poll, {"duration": 30})) == [hour(0)]


@pytest.mark.parametrize("results", ["organiser", "after_close"])
async def test_hidden_results_are_not_to_be_guessed_at(
    recommender: Recommender, they: Others, results: str
) -> None:
    poll = await they.opened(visibility=Visibility.model_validate({"results": results}))
    ann = await they.answered(poll, None, free(0, 1))
    for token in (poll.answer, ann.token):
        assert (await recommender.supposing(poll, {}, token)).status_code == 403
    assert (await recommender.supposing(poll, {})).status_code == 200
    assert (await recommender.supposing(Poll(), {}, poll.organiser)).status_code == 404
