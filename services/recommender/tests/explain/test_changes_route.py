"""What callers see who ask what keeps a time back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from contracts.polls import GroupRule, Rules, Visibility
from inbox.testing.service import until
from recommender.changes_answer import Changes
from recommender.testing import Others, Poll, Recommender, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def asked(
    recommender: Recommender,
    poll: Poll,
    start: str,
    headers: dict[str, str] | None = None,
    **query: Any,
) -> Response:
    return await recommender.client.get(
        f"/api/v1/polls/{poll.id}/recommendations/changes",
        params={"start": start, **query},
        headers={
            "Authorization": f"Bearer {poll.organiser}",
            **poll.up_to_date,
            **(headers or {}),
        },
    )


def shown(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    Changes.model_validate_json(answer.content)
    document: dict[str, Any] = answer.json()
    return document


def pointers(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


def span(start: float, end: float) -> dict[str, str]:
    return {"start": hour(start), "end": hour(end)}


async def test_an_answer_says_who_blocks_and_what_is_the_least_that_would_help(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    ben = await they.answered(poll, "Ben", free(1, 1.75), free(4, 5))
    dan = await they.joined(poll, "Dan")
    document = shown(await asked(recommender, poll, hour(0.5)))
    assert document["as_of"] == {"polls": 1, "schedules": 5}
    assert (document["start"], document["duration"]) == (hour(0.5), "PT1H")
    here = document["recommendation"]
    assert here["available"] == [str(ann.id)]
    assert here["unanswered"] == [str(dan.id)]
    assert (here["window"], here["latest_start"]) == (span(0, 2), hour(1))
    missing = {"participant": str(ben.id), "reason": "partly_free", "missing": [span(0.5, 1)]}
    assert here["unavailable"] == [missing]
    assert document["blockers"] == [{"participant": str(ben.id), "everyone": True, "rules": []}]
    (change,) = document["changes"]
    assert (change["goal"], change["length"], change["smallest"]) == ("everyone", "PT15M", True)
    assert (change["start"], change["end"]) == (hour(0.75), hour(1.75))
    added = {"participant": str(ben.id), "length": "PT15M", "intervals": [span(0.75, 1)]}
    assert change["additions"] == [added]
    assert document["before"] is None


async def test_what_is_told_comes_true_once_it_is_done(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 1), free(4, 5))
    await they.answered(poll, "Ben", free(0, 1))
    cleo = await they.answered(poll, "Cleo", free(0, 1), free(4.5, 5))
    dan = await they.answered(poll, "Dan", free(4, 4.75))
    document = shown(await asked(recommender, poll, hour(4)))
    assert document["before"]["start"] == hour(0)
    above = next(each for each in document["changes"] if each["goal"] == "above")
    assert above["length"] == "PT2H45M" or len(above["additions"]) == 3
    assert {str(cleo.id), str(dan.id)} <= {each["participant"] for each in above["additions"]}
    ben = next(each for each in above["additions"] if each["length"] == "PT1H")
    await they.submits(poll, cleo, free(0, 1), free(4, 5))
    await they.submits(poll, dan, free(4, 5))
    better = shown(await asked(recommender, poll, hour(4)))
    assert [each["participant"] for each in better["blockers"]] == [ben["participant"]]


async def test_whoever_is_needed_for_a_rule_is_said_to_be_missed_for_it(
    recommender: Recommender, they: Others
) -> None:
    rules = Rules(min_available=3, groups=(GroupRule(name="board", at_least=1),))
    poll = await they.opened(rules=rules)
    await they.answered(poll, "Ann", free(0, 2))
    ben = await they.joined(poll, "Ben")
    cleo = await they.answered(poll, "Cleo", free(0, 0.5))
    await they.weighs(poll, ben, 1, groups=("board",))
    document = shown(await asked(recommender, poll, hour(0)))
    assert document["recommendation"]["unmet"] == ["min_available", "group:board"]
    missed = {each.pop("participant"): each for each in document["blockers"]}
    assert missed == {
        str(ben.id): {"everyone": False, "rules": ["min_available", "group:board"]},
        str(cleo.id): {"everyone": True, "rules": ["min_available"]},
    }
    lengths = {each["goal"]: each["length"] for each in document["changes"]}
    assert lengths == {"everyone": "PT30M", "rules": "PT1H30M"}
    lenient = shown(await asked(recommender, poll, hour(0), ignore=str(ben.id), min_available="2"))
    assert lenient["recommendation"]["unmet"] == ["min_available"]
    assert {each["goal"]: each["length"] for each in lenient["changes"]} == {
        "everyone": "PT30M",
        "rules": "PT30M",
    }


async def test_a_start_need_not_be_on_the_step_and_may_be_of_another_duration(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    document = shown(await asked(recommender, poll, hour(0.1), duration="PT90M"))
    assert document["duration"] == "PT1H30M"
    assert document["recommendation"]["start"] == hour(0.1)
    assert document["recommendation"]["available"] == [str(ann.id)]
    assert document["changes"] == []


@pytest.mark.parametrize(
    "start",
    [hour(-0.25), hour(8.25), hour(9), "tomorrow", "2027-03-01T09:00:00", ""],
)
async def test_a_start_at_which_the_meeting_lies_in_no_slot_is_refused(
    recommender: Recommender, they: Others, start: str
) -> None:
    poll = await they.opened()
    assert pointers(await asked(recommender, poll, start)) == ["?start"]


@pytest.mark.parametrize("start", [hour(0), hour(8)])
async def test_the_first_and_the_last_start_in_a_slot_are_answered(
    recommender: Recommender, they: Others, start: str
) -> None:
    poll = await they.opened()
    document = shown(await asked(recommender, poll, start))
    assert document["recommendation"]["available"] == document["blockers"] == []


async def test_strangers_cannot_be_ignored_and_durations_are_bounded(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    assert pointers(await asked(recommender, poll, hour(0), ignore=str(uuid4()))) == ["?ignore"]
    assert pointers(await asked(recommender, poll, hour(0), duration="PT10H")) == ["?duration"]


async def test_names_are_told_to_those_who_may_see_them(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(visibility=Visibility(names="organiser"))
    ann = await they.answered(poll, "Ann", free(0, 0.5))

    async def named() -> bool:
        changes = shown(await asked(recommender, poll, hour(0)))
        empty = (await recommender.asked(poll)).json()
        return changes["people"] == empty["people"] == {str(ann.id): {"name": "Ann"}}

    await until(named)
    link = {"Authorization": f"Bearer {poll.answer}"}
    assert shown(await asked(recommender, poll, hour(0), link))["people"] == {}


async def test_an_unchanged_answer_is_not_sent_again(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    first = await asked(recommender, poll, hour(0))
    assert first.headers["commontime-sequence"] == "polls=1, schedules=2"
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    assert (await asked(recommender, poll, hour(0), known)).status_code == 304
    await they.submits(poll, ann, free(1, 2))
    assert (await asked(recommender, poll, hour(0), known)).status_code == 200


async def test_who_may_not_see_results_may_not_see_changes_either(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(visibility=Visibility(results="organiser"))
    someone = await they.answered(poll, "Ann", free(0, 2))
    token = {"Authorization": f"Bearer {someone.token}"}
    assert (await asked(recommender, poll, hour(0), token)).status_code == 403
    nobody = {"Authorization": "Bearer nothing"}
    assert (await asked(recommender, poll, hour(0), nobody)).status_code == 404


async def test_an_empty_answer_tells_what_could_be_relaxed(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(duration=timedelta(hours=2), rules=Rules(min_percentage=100))
    await they.answered(poll, "Ann", free(0, 2))
    ben = await they.answered(poll, "Ben", free(0, 1.5))
    cleo = await they.answered(poll, "Cleo", free(0, 1.75))
    document = (await recommender.asked(poll)).json()
    assert document["empty_reason"] == "rules_unmet"
    out, shorter, ask = document["relaxations"]
    assert out == {
        "kind": "leave_out",
        "count": 2,
        "participants": sorted([str(ben.id), str(cleo.id)]),
        "leading": {**span(0, 2), "available": 1},
    }
    leading = {**span(0, 1.5), "available": 3}
    assert shorter == {"kind": "shorten", "duration": "PT1H30M", "leading": leading}
    assert (ask["kind"], ask["start"], ask["count"]) == ("ask", hour(0), 2)
    assert ask["length"] == "PT45M"
    assert {each["participant"]: each["intervals"] for each in ask["additions"]} == {
        str(ben.id): [span(1.5, 2)],
        str(cleo.id): [span(1.75, 2)],
    }
    counted = (await recommender.asked(poll, people="counts")).json()
    assert [each["kind"] for each in counted["relaxations"]] == ["leave_out", "shorten", "ask"]
    assert not any("participants" in each or "additions" in each for each in counted["relaxations"])
    assert counted["people"] == {}
