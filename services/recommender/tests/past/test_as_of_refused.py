"""What is no time of a poll's past, and when nobody can tell."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx import Response

from inbox.outcomes import Behind
from recommender import chronicle, past
from recommender.past import Moment
from recommender.testing import Others, Poll, Recommender

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def asked(recommender: Recommender, poll: Poll, as_of: str) -> Response:
    return await recommender.asked(poll, as_of=as_of)


async def body(recommender: Recommender, poll: Poll) -> bytes:
    answer = await recommender.asked(poll)
    assert answer.status_code == 200, answer.text
    return answer.content


async def refused(answer: Response, code: str) -> str:
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("?as_of", code)
    return error["detail"]


@pytest.mark.parametrize(
    "as_of",
    [
        "",
        "polls",
        "polls:",
        "polls:1,",
        "polls:1,polls:1",
        "polls:-1",
        "polls:1;schedules:2",
        "polls:1,schedules:2,polls:1",
        "events:1",
        "polls:1234567890123456789",
        "yesterday",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:00:00 01:00",
    ],
)
async def test_what_names_no_time_is_refused(
    recommender: Recommender, they: Others, as_of: str
) -> None:
    poll = await they.opened()
    detail = await refused(await asked(recommender, poll, as_of), "malformed")
    assert "polls:2,schedules:17" in detail


async def test_the_future_is_refused(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    await they.joined(poll)
    detail = await refused(await asked(recommender, poll, "polls:1,schedules:2"), "in_the_future")
    assert detail == "is ahead of what has happened: schedules have not come to 2"
    await refused(await asked(recommender, poll, "polls:2"), "in_the_future")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await refused(await asked(recommender, poll, tomorrow), "in_the_future")


async def test_a_time_before_the_poll_is_refused(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    await refused(await asked(recommender, poll, "polls:0,schedules:0"), "before_the_poll")
    await refused(await asked(recommender, poll, "0001-01-01T00:00:00+23:59"), "before_the_poll")


async def test_what_its_owner_has_stored_is_no_future(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await body(recommender, poll)
    they.sends = False
    try:
        await they.joined(poll)
    finally:
        they.sends = True
    answer = await recommender.asked(
        poll, headers={"Commontime-Min-Sequence": ""}, as_of="schedules:1"
    )
    assert answer.json()["participants"]["total"] == 1


async def test_what_is_not_all_here_is_no_past(recommender: Recommender, they: Others) -> None:
    """As during a rebuild, in which the tables fill again."""
    poll = await they.opened()
    await they.joined(poll)
    await body(recommender, poll)
    service = recommender.service
    opening = await past.poll_at(service, poll.id, 1)
    assert len(await past.index_at(service, opening, 1)) == 1
    with pytest.raises(Behind):
        await past.poll_at(service, poll.id, 2)
    with pytest.raises(Behind):
        await past.index_at(service, opening, 2)
    for known in (Moment(2, 1), Moment(1, 2)):
        with pytest.raises(Behind):
            await chronicle.read(service, poll.id, None, 10, known)


async def test_while_the_owner_is_away_nobody_knows_the_future(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    await body(recommender, poll)
    they.poll_api.status = 500
    try:
        answer = await asked(recommender, poll, "polls:2")
    finally:
        they.poll_api.status = 200
    assert (answer.status_code, answer.json()["code"]) == (503, "behind")
