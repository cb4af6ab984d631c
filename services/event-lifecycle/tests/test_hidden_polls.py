"""Of a poll that is not for them, strangers learn neither that it is there nor how far it is."""

from uuid import UUID, uuid4

import httpx
import pytest

from chassis.access import mint
from event_lifecycle.testing.polls import EVENTS, Poll, bearer
from event_lifecycle.testing.running import AS_ADMIN, Running
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGERS = {"nobody": {}, "a guess": bearer(mint("answer")), "an edit link": bearer(mint("edit"))}
PLACES = {
    "the list of events": EVENTS + "?poll_id={}",
    "its event for calendars": "/api/v1/polls/{}/event.ics",
    "its webhooks": "/api/v1/webhooks/endpoints?poll_id={}",
}


async def asked(
    running: Running, place: str, poll_id: UUID, least: int | None, shown: dict[str, str]
) -> httpx.Response:
    header = {} if least is None else {"commontime-min-sequence": f"polls={least}"}
    return await running.client.get(place.format(poll_id), headers={**shown, **header})


def said(answer: httpx.Response) -> tuple[int, object, list[str]]:
    body = {name: value for name, value in answer.json().items() if name != "instance"}
    told = ("etag", "commontime-sequence", "retry-after")
    return answer.status_code, body, [answer.headers.get(name, "") for name in told]


@pytest.mark.parametrize("least", [None, 0, 1, 2, 3, 1000])
@pytest.mark.parametrize("who", sorted(STRANGERS))
@pytest.mark.parametrize("place", sorted(PLACES))
async def test_a_hidden_poll_is_answered_like_one_that_is_not_there(
    running: Running, owner: Owner, place: str, who: str, least: int | None
) -> None:
    poll = Poll(owner)
    poll.finalised()
    known = await asked(running, EVENTS + "?poll_id={}", poll.id, 2, AS_ADMIN)
    assert len(known.json()["items"]) == 1
    hidden = await asked(running, PLACES[place], poll.id, least, STRANGERS[who])
    unknown = await asked(running, PLACES[place], uuid4(), least, STRANGERS[who])
    assert said(hidden) == said(unknown)


async def test_an_event_is_hidden_however_far_its_poll_is_asked_to_be(
    running: Running, owner: Owner
) -> None:
    poll = Poll(owner)
    poll.finalised()
    await asked(running, EVENTS + "?poll_id={}", poll.id, 2, AS_ADMIN)
    for least in (0, 1, 2, 3, 1000):
        header = {"commontime-min-sequence": f"polls={least}"}
        answer = await running.client.get(str(poll), headers=header)
        assert answer.status_code == 404


async def test_who_may_look_is_told_how_far_it_is(running: Running, owner: Owner) -> None:
    poll = Poll(owner)
    poll.finalised()
    listed = EVENTS + "?poll_id={}"
    answer = await asked(running, listed, poll.id, 2, bearer(poll.answer))
    assert answer.headers["commontime-sequence"] == "polls=2"
    behind = await asked(running, listed, poll.id, 3, bearer(poll.answer))
    assert (behind.status_code, behind.json()["code"]) == (503, "behind")
