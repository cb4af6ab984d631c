"""Asking for the past: by sequences and by instant."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from contracts.fact import Span
from contracts.polls import Basis, PollFinalised, PollRevised, Visibility
from inbox.testing.service import until
from recommender.testing import (
    AT,
    START,
    WINDOW,
    Others,
    Poll,
    Recommender,
    details_of,
    free,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def asked(recommender: Recommender, poll: Poll, as_of: str, **query: Any) -> Response:
    return await recommender.asked(poll, as_of=as_of, **query)


async def body(recommender: Recommender, poll: Poll, **query: Any) -> bytes:
    answer = await recommender.asked(poll, **query)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_an_answer_of_the_past_has_the_bytes_it_had(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    before = await recommender.asked(poll)
    await they.submits(poll, ann, free(5, 7, "preferred"))
    await they.weighs(poll, ann, 3)
    later = Span(start=START + timedelta(hours=3), end=WINDOW.end)
    revised = PollRevised(poll_id=poll.id, details=details_of(window=later), revised_at=AT)
    await they.decides(poll, revised)
    assert (await recommender.asked(poll)).content != before.content
    again = await asked(recommender, poll, "polls:1,schedules:2")
    assert again.content == before.content
    assert again.headers["etag"] == before.headers["etag"]
    assert again.headers["commontime-sequence"] == "polls=1, schedules=2"
    assert (await asked(recommender, poll, "schedules:2,polls:1")).content == before.content


async def test_a_sequence_that_is_left_out_is_as_now(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2))
    later = details_of(window=Span(start=START + timedelta(hours=1), end=WINDOW.end))
    await they.decides(poll, PollRevised(poll_id=poll.id, details=later, revised_at=AT))
    now = await body(recommender, poll)
    assert await body(recommender, poll, as_of="schedules:2") == now
    assert await body(recommender, poll, as_of="polls:2") == now
    assert (await asked(recommender, poll, "polls:1")).json()["as_of"] == {
        "polls": 1,
        "schedules": 2,
    }
    nobody = (await asked(recommender, poll, "schedules:0")).json()
    assert (nobody["participants"]["total"], nobody["empty_reason"]) == (0, "no_schedules")


async def test_the_parameters_are_those_of_any_other_answer(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 3), free(5, 8))
    query: dict[str, Any] = {"limit": 1, "duration": "PT2H", "people": "counts"}
    before = await body(recommender, poll, **query)
    await they.withdraws(poll, ann)
    assert await body(recommender, poll, as_of="schedules:2", **query) == before


async def test_a_duration_is_judged_by_the_window_of_that_time(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    short = details_of(window=Span(start=START, end=START + timedelta(hours=2)))
    await they.decides(poll, PollRevised(poll_id=poll.id, details=short, revised_at=AT))
    assert (await recommender.asked(poll, duration="PT3H")).status_code == 422
    assert (await asked(recommender, poll, "polls:1", duration="PT3H")).status_code == 200
    assert (await asked(recommender, poll, "polls:2", duration="PT3H")).status_code == 422


async def test_what_the_caller_has_already_is_not_sent_again(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    first = await asked(recommender, poll, "schedules:2")
    await they.withdraws(poll, ann)
    again = await recommender.asked(
        poll, headers={"If-None-Match": first.headers["etag"]}, as_of="schedules:2"
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_an_instant_stands_for_the_last_facts_stored_by_then(
    recommender: Recommender, they: Others
) -> None:
    they.stores_at(DAY)
    poll = await they.opened()
    they.stores_at(DAY + timedelta(hours=1))
    ann = await they.answered(poll, None, free(0, 2))
    they.stores_at(DAY + timedelta(hours=2))
    await they.withdraws(poll, ann)
    they.stores_at(DAY + timedelta(hours=3))
    await they.decides(poll, PollRevised(poll_id=poll.id, details=details_of(), revised_at=AT))

    async def sequences(instant: str) -> tuple[int, int]:
        answer = await asked(recommender, poll, instant)
        assert answer.status_code == 200, answer.text
        seen = answer.json()["as_of"]
        return seen["polls"], seen["schedules"]

    assert await sequences("2026-03-01T12:00:00Z") == (1, 0)
    assert await sequences("2026-03-01T12:59:59.999999Z") == (1, 0)
    assert await sequences("2026-03-01T13:00:00Z") == (1, 2)
    assert await sequences("2026-03-01T14:00+01:00") == (1, 2)
    assert await sequences("2026-03-01t14:00:00z") == (1, 3)
    assert await sequences("2026-03-01T15:00:00Z") == (2, 3)
    assert await sequences("2026-07-01T00:00:00Z") == (2, 3)
    at_one = await body(recommender, poll, as_of="2026-03-01T13:00:00Z")
    assert at_one == await body(recommender, poll, as_of="polls:1,schedules:2")
    before = await asked(recommender, poll, "2026-03-01T11:59:59.999999Z")
    assert before.status_code == 422
    assert before.json()["errors"] == [
        {
            "pointer": "?as_of",
            "code": "before_the_poll",
            "detail": "is a time before the poll was opened",
        }
    ]


async def test_facts_on_their_way_belong_to_an_instant_of_a_moment_ago(
    recommender: Recommender, they: Others
) -> None:
    they.stores_at(datetime.now(UTC) - timedelta(seconds=1))
    poll = await they.opened()
    await they.joined(poll)
    await body(recommender, poll)
    they.sends = False
    try:
        await they.joined(poll)
    finally:
        they.sends = True
    poll.schedules -= 1  # this caller has not heard of it
    answer = await asked(recommender, poll, datetime.now(UTC).isoformat())
    assert answer.json()["as_of"] == {"polls": 1, "schedules": 2}


async def test_who_may_see_the_past_is_decided_by_the_poll_of_now(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    hidden = details_of(visibility=Visibility(names="organiser", results="organiser"))
    await they.decides(poll, PollRevised(poll_id=poll.id, details=hidden, revised_at=AT))

    async def named() -> bool:
        answer = await asked(recommender, poll, "polls:1")
        return answer.json()["people"] == {str(ann.id): {"name": "Ann"}}

    await until(named)
    assert (await recommender.asked(poll, poll.answer, as_of="polls:1")).status_code == 403
    names_hidden = details_of(visibility=Visibility(names="organiser"))
    await they.decides(poll, PollRevised(poll_id=poll.id, details=names_hidden, revised_at=AT))
    shown = await recommender.asked(poll, poll.answer, as_of="polls:1")
    assert shown.json()["people"] == {}


async def test_who_was_erased_is_in_no_answer_of_the_past(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    ben = await they.answered(poll, None, free(0, 3))
    then = f"polls:1,schedules:{poll.schedules}"
    assert str(ann.id) in (await recommender.asked(poll)).text
    assert str(ann.id) in (await asked(recommender, poll, then)).text
    await they.erases(poll, ann)
    again = await asked(recommender, poll, then)
    assert str(ann.id) not in again.text
    assert again.json()["recommendations"][0]["available"] == [str(ben.id)]
    assert again.json()["participants"] == {"total": 1, "answered": 1}


async def test_the_basis_of_a_decision_is_what_the_organiser_saw(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(1, 3))
    await they.answered(poll, None, free(2, 5))
    seen = await recommender.asked(poll)
    basis = Basis.model_validate(seen.json()["as_of"])
    best = seen.json()["recommendations"][0]
    await they.submits(poll, ann, free(7, 8))
    decided = PollFinalised(
        poll_id=poll.id,
        start=best["start"],
        end=best["end"],
        event_id=uuid4(),
        basis=basis,
        finalised_at=AT,
    )
    await they.decides(poll, decided)
    await they.withdraws(poll, ann)
    then = f"polls:{basis.polls},schedules:{basis.schedules}"
    assert await body(recommender, poll, as_of=then) == seen.content
