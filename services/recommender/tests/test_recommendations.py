"""What callers see: the answer and its parameters, each status, each problem."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from contracts.fact import Span
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollFinalised,
    PollRevised,
    Visibility,
)
from inbox.testing.owner import Owner
from recommender.bodies import Recommendations
from recommender.testing import (
    AT,
    START,
    WINDOW,
    Others,
    Poll,
    Recommender,
    details_of,
    free,
    hour,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shown(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    Recommendations.model_validate_json(answer.content)
    document: dict[str, Any] = answer.json()
    return document


def starts(answer: Response) -> list[str]:
    return [each["start"] for each in shown(answer)["recommendations"]]


def assert_problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (document["code"], document["status"]) == (code, status)
    assert document["type"] == f"/problems/{code}"
    return document


async def test_people_free_for_a_part_do_not_make_a_meeting(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 0.5))
    ben = await they.answered(poll, "Ben")
    cleo = await they.answered(poll, "Cleo", free(0, 1, "preferred"))
    dan = await they.joined(poll, "Dan")
    document = shown(await recommender.asked(poll))
    (best,) = document["recommendations"]
    assert best["available"] == best["preferred"] == [str(cleo.id)]
    assert (best["start"], best["end"], best["latest_start"]) == (hour(0), hour(1), hour(0))
    part = {"start": hour(0.5), "end": hour(1)}
    missing = {entry.pop("participant"): entry for entry in best["unavailable"]}
    assert missing == {
        str(ann.id): {"reason": "partly_free", "missing": [part]},
        str(ben.id): {"reason": "not_free"},
    }
    assert best["unanswered"] == [str(dan.id)]
    assert (best["guaranteed"], best["possible"]) == (1, 2)
    assert best["score"] == {"available": 1, "weight": 1, "if_needed": 0, "preferred": 1}
    assert document["participants"] == {"total": 4, "answered": 3}
    assert document["as_of"] == {"polls": 1, "schedules": 7}
    assert (document["duration"], document["empty_reason"]) == ("PT1H", None)


async def test_an_answer_says_which_facts_it_is_made_of_and_who_may_keep_it(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 4))
    headers = (await recommender.asked(poll)).headers
    assert headers["commontime-sequence"] == "polls=1, schedules=2"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["vary"] == "Authorization, Accept-Encoding"


async def test_a_caller_says_how_many_and_whether_they_may_overlap(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 3))
    await they.answered(poll, "Ben", free(0, 2), free(4, 5))
    await they.answered(poll, "Cleo", free(0.5, 1.75))
    assert starts(await recommender.asked(poll)) == [hour(0.5), hour(1.5), hour(4)]
    assert starts(await recommender.asked(poll, limit=1)) == [hour(0.5)]
    overlapping = starts(await recommender.asked(poll, distinct="false"))
    assert overlapping == [hour(0.5), hour(0), hour(1.25), hour(4)]


@pytest.mark.parametrize("two_hours", ["PT2H", "120"])
async def test_a_caller_may_ask_for_another_duration(
    recommender: Recommender, they: Others, two_hours: str
) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 1), free(2, 4))
    answer = await recommender.asked(poll, duration=two_hours)
    assert starts(answer) == [hour(2)]
    assert shown(answer)["duration"] == "PT2H"
    assert starts(await recommender.asked(poll)) == [hour(0), hour(2)]


async def test_counts_alone_leave_the_ids_and_names_out(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    answer = await recommender.asked(poll, people="counts")
    (best,) = shown(answer)["recommendations"]
    assert (best["guaranteed"], best["possible"], best["score"]["available"]) == (1, 1, 1)
    assert "available" not in best
    assert str(ann.id) not in answer.text
    assert "Ann" not in answer.text


async def test_an_empty_answer_says_why(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    assert shown(await recommender.asked(poll))["empty_reason"] == "no_schedules"
    await they.answered(poll, "Ann", free(0, 0.5))
    document = shown(await recommender.asked(poll))
    assert (document["recommendations"], document["empty_reason"]) == ([], "no_common_time")
    half_days = (Span(start=START, end=START + timedelta(hours=2)),)
    short = await they.opened(slots=half_days)
    answer = await recommender.asked(short, duration="PT3H")
    assert shown(answer)["empty_reason"] == "window_too_short"


async def test_an_unchanged_answer_is_not_sent_again(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    first = await recommender.asked(poll)
    known = {"If-None-Match": first.headers["etag"]}
    again = await recommender.asked(poll, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["commontime-sequence"] == "polls=1, schedules=2"
    assert (await recommender.asked(poll, headers=known, limit=1)).status_code == 304
    await they.submits(poll, ann, free(0, 3))
    changed = await recommender.asked(poll, headers=known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_withdrawn_answer_counts_no_more_and_its_person_is_unanswered(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    ben = await they.answered(poll, None, free(0, 2))
    assert shown(await recommender.asked(poll))["recommendations"][0]["guaranteed"] == 2
    await they.withdraws(poll, ann)
    (best,) = shown(await recommender.asked(poll))["recommendations"]
    assert (best["available"], best["unanswered"]) == ([str(ben.id)], [str(ann.id)])


async def test_a_heavier_person_outweighs_two_others(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 1))
    for _ in range(2):
        await they.answered(poll, None, free(2, 3))
    assert starts(await recommender.asked(poll)) == [hour(2), hour(0)]
    await they.weighs(poll, ann, 3)
    assert starts(await recommender.asked(poll)) == [hour(0), hour(2)]


async def test_a_revised_window_cuts_what_was_answered_before(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2), free(5, 6))
    assert starts(await recommender.asked(poll)) == [hour(0), hour(5)]
    later = Span(start=START + timedelta(hours=4), end=WINDOW.end)
    details = details_of(window=later)
    await they.decides(poll, PollRevised(poll_id=poll.id, details=details, revised_at=AT))
    assert starts(await recommender.asked(poll)) == [hour(5)]
    await they.decides(poll, PollRevised(poll_id=poll.id, details=details_of(), revised_at=AT))
    assert starts(await recommender.asked(poll)) == [hour(0), hour(5)]


async def test_polls_that_are_over_still_answer(recommender: Recommender, they: Others) -> None:
    finalised = PollFinalised(
        poll_id=uuid4(),
        start=START,
        end=START + timedelta(hours=1),
        event_id=uuid4(),
        basis=Basis(polls=1),
        finalised_at=AT,
    )
    closed = PollClosed(poll_id=uuid4(), reason="manual", closed_at=AT)
    cancelled = PollCancelled(poll_id=uuid4(), cancelled_at=AT)
    for fact in (closed, finalised, cancelled):
        poll = await they.opened()
        await they.answered(poll, None, free(0, 1))
        await they.decides(poll, fact.model_copy(update={"poll_id": poll.id}))
        assert starts(await recommender.asked(poll)) == [hour(0)]


async def test_a_poll_that_nobody_knows_is_not_found(recommender: Recommender) -> None:
    answer = await recommender.client.get(f"/api/v1/polls/{uuid4()}/recommendations")
    assert_problem(answer, 404, "not_found")
    answer = await recommender.client.get("/api/v1/polls/nonsense/recommendations")
    assert_problem(answer, 404, "not_found")


async def test_a_stranger_cannot_tell_a_hidden_poll_from_none(
    recommender: Recommender, they: Others
) -> None:
    poll, other = await they.opened(), await they.opened()
    path = f"/api/v1/polls/{poll.id}/recommendations"
    stranger = await they.joined(other)
    await recommender.asked(poll)
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {other.organiser}"},
        {"Authorization": f"Bearer {stranger.token}"},
    ):
        problem = assert_problem(
            await recommender.client.get(path, headers=headers), 404, "not_found"
        )
        unknown = await recommender.client.get(
            f"/api/v1/polls/{uuid4()}/recommendations", headers=headers
        )
        assert {**problem, "instance": ""} == {**unknown.json(), "instance": ""}


async def test_a_public_poll_answers_everybody(recommender: Recommender, they: Others) -> None:
    poll = await they.opened(access="public")
    await recommender.asked(poll)
    answer = await recommender.client.get(f"/api/v1/polls/{poll.id}/recommendations")
    assert shown(answer)["empty_reason"] == "no_schedules"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "?limit"),
        ({"limit": 101}, "?limit"),
        ({"limit": "many"}, "?limit"),
        ({"distinct": "perhaps"}, "?distinct"),
        ({"people": "names"}, "?people"),
        ({"duration": "soon"}, "?duration"),
        ({"duration": "PT0M"}, "?duration"),
        ({"duration": "-60"}, "?duration"),
        ({"duration": "PT9H1M"}, "?duration"),
        ({"duration": "9" * 30}, "?duration"),
    ],
)
async def test_a_wrong_parameter_is_named(
    recommender: Recommender, they: Others, query: dict[str, Any], pointer: str
) -> None:
    poll = await they.opened()
    problem = assert_problem(await recommender.asked(poll, **query), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_the_whole_window_is_a_duration(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 9))
    assert starts(await recommender.asked(poll, duration="PT9H")) == [hour(0)]


@pytest.mark.parametrize(
    "headers", [{"Commontime-Min-Sequence": "schedules=many"}, {"Authorization": "Basic YTpi"}]
)
async def test_a_malformed_header_is_refused(
    recommender: Recommender, they: Others, headers: dict[str, str]
) -> None:
    poll = await they.opened()
    assert_problem(await recommender.asked(poll, headers=headers), 400, "bad_header")


@pytest.mark.parametrize("label", ["polls", "schedules"])
async def test_a_sequence_that_nobody_has_reached_is_behind(
    recommender: Recommender, they: Others, label: str
) -> None:
    poll = await they.opened()
    await they.joined(poll)
    least = {"Commontime-Min-Sequence": f"{label}=99"}
    answer = await recommender.asked(poll, headers=least)
    assert_problem(answer, 503, "behind")
    assert answer.headers["retry-after"] == "1"


async def test_a_poll_whose_owner_is_away_is_not_said_to_be_unknown(
    recommender: Recommender, poll_api: Owner
) -> None:
    poll_api.status = 500
    try:
        answer = await recommender.client.get(f"/api/v1/polls/{uuid4()}/recommendations")
    finally:
        poll_api.status = 200
    assert_problem(answer, 503, "owner_unavailable")
    assert "retry-after" in answer.headers


async def lost_on_the_way(they: Others) -> Poll:
    they.sends = False
    try:
        poll = await they.opened()
        await they.answered(poll, None, free(0, 1))
    finally:
        they.sends = True
    return poll


async def test_what_kafka_has_not_brought_is_fetched_for_who_asks(
    recommender: Recommender, they: Others
) -> None:
    poll = await lost_on_the_way(they)
    unaware = {"Commontime-Min-Sequence": ""}
    assert starts(await recommender.asked(poll, headers=unaware)) == [hour(0)]


async def test_what_the_caller_knows_of_is_in_the_answer(
    recommender: Recommender, they: Others
) -> None:
    poll = await lost_on_the_way(they)
    assert starts(await recommender.asked(poll)) == [hour(0)]
    in_query = await recommender.asked(
        poll, headers={"Commontime-Min-Sequence": ""}, min_sequence="polls=1,schedules=2"
    )
    assert starts(in_query) == [hour(0)]


async def test_a_new_poll_is_answered_while_availability_is_away(
    recommender: Recommender, they: Others
) -> None:
    poll = await lost_on_the_way(they)
    they.availability.status = 500
    try:
        answer = await recommender.asked(poll, headers={"Commontime-Min-Sequence": "polls=1"})
    finally:
        they.availability.status = 200
    assert shown(answer)["empty_reason"] == "no_schedules"
    assert answer.headers["commontime-sequence"] == "polls=1, schedules=0"


@pytest.mark.parametrize("results", ["organiser", "after_close"])
async def test_hidden_results_are_the_organisers(
    recommender: Recommender, they: Others, results: str
) -> None:
    visibility = Visibility.model_validate({"results": results})
    poll = await they.opened(visibility=visibility)
    ann = await they.answered(poll, "Ann", free(0, 1))
    assert starts(await recommender.asked(poll)) == [hour(0)]
    for token in (poll.answer, ann.token):
        assert_problem(await recommender.asked(poll, token), 403, "forbidden")
    await they.decides(poll, PollClosed(poll_id=poll.id, reason="manual", closed_at=AT))
    for token in (poll.answer, ann.token):
        status = (await recommender.asked(poll, token)).status_code
        assert status == (200 if results == "after_close" else 403)
