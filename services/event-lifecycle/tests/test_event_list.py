"""Events and their facts in pages, and what of them is wanted."""

from uuid import UUID, uuid4

import pytest

from event_lifecycle.testing.polls import EVENTS, Poll, bearer
from event_lifecycle.testing.problems import problem, refused
from event_lifecycle.testing.running import AS_ADMIN, Running
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_list_is_newest_first_in_pages(running: Running) -> None:
    made = [(await running.creates(title=f"{n}"))["id"] for n in range(5)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await running.client.get(EVENTS, params={"limit": 2, **after})).json()
        seen += [event["id"] for event in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == made[::-1]


async def test_pages_do_not_shift_when_more_is_created_meanwhile(running: Running) -> None:
    first, second, third = [await running.creates(title=f"{n}") for n in range(3)]
    page = (await running.client.get(EVENTS, params={"limit": 2})).json()
    await running.creates(title="later")
    assert [event["id"] for event in page["items"]] == [third["id"], second["id"]]
    assert page["next"] == second["id"]
    rest = (await running.client.get(EVENTS, params={"limit": 2, "after": page["next"]})).json()
    assert ([event["id"] for event in rest["items"]], rest["next"]) == ([first["id"]], None)


async def test_the_list_can_be_of_one_status(running: Running) -> None:
    done, pending, cancelled = [await running.creates() for _ in range(3)]
    await running.client.post(f"{EVENTS}/{done['id']}/complete")
    await running.client.post(f"{EVENTS}/{cancelled['id']}/cancel")
    for status, event in (("completed", done), ("pending", pending), ("cancelled", cancelled)):
        page = (await running.client.get(EVENTS, params={"status": status})).json()
        assert [(item["id"], item["status"]) for item in page["items"]] == [(event["id"], status)]


async def test_the_list_can_be_of_one_poll_and_one_status(running: Running, owner: Owner) -> None:
    poll, other = Poll(owner), Poll(owner)
    for one in (poll, other):
        one.finalised()
        await running.client.get(EVENTS, params={"poll_id": str(one.id)}, headers=AS_ADMIN)
    wanted = {"poll_id": str(poll.id), "status": "pending"}
    for shown in (AS_ADMIN, bearer(poll.organiser), bearer(poll.answer)):
        page = (await running.client.get(EVENTS, params=wanted, headers=shown)).json()
        assert [item["id"] for item in page["items"]] == [str(poll.event_id)]
    for nothing in ({**wanted, "status": "completed"}, {"poll_id": str(uuid4())}):
        page = (await running.client.get(EVENTS, params=nothing, headers=AS_ADMIN)).json()
        assert page == {"items": [], "next": None}


async def test_a_list_of_nothing_that_is_known_is_refused(running: Running) -> None:
    for query, code in (
        ({"status": "lost"}, "literal_error"),
        ({"limit": "0"}, "greater_than_equal"),
        ({"limit": "1001"}, "less_than_equal"),
        ({"after": "yesterday"}, "uuid_parsing"),
        ({"poll_id": "mine"}, "uuid_parsing"),
    ):
        [name] = query
        refused(await running.client.get(EVENTS, params=query), f"?{name}", code)
    for limit in ("1", "1000"):
        assert (await running.client.get(EVENTS, params={"limit": limit})).status_code == 200


async def test_the_history_has_every_fact_in_order(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}"
    await running.client.patch(path, json={"title": "Retro"}, headers={"if-match": "*"})
    await running.client.post(f"{path}/complete")
    whole = (await running.client.get(f"{path}/history")).json()
    assert [(e["sequence"], e["type"]) for e in whole["items"]] == [
        (1, "commontime.event.scheduled.v1"),
        (2, "commontime.event.revised.v1"),
        (3, "commontime.event.completed.v1"),
    ]
    assert whole["next"] is None
    page = (await running.client.get(f"{path}/history", params={"limit": 2})).json()
    assert page["next"] == 2
    rest = (await running.client.get(f"{path}/history", params={"after": 2})).json()
    assert rest["items"] == whole["items"][2:]


async def test_a_history_is_read_within_bounds_and_of_an_event_there_is(running: Running) -> None:
    event = await running.creates()
    path = f"{EVENTS}/{event['id']}/history"
    assert (await running.client.get(path, params={"after": 1})).json() == {
        "items": [],
        "next": None,
    }
    refused(await running.client.get(path, params={"after": -1}), "?after", "greater_than_equal")
    refused(await running.client.get(path, params={"limit": 1001}), "?limit", "less_than_equal")
    unknown = f"{EVENTS}/{UUID(int=1)}/history"
    problem(await running.client.get(unknown), 404, "not_found")
