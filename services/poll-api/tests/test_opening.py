import re
from uuid import UUID

import pytest

from chassis.access import hash_of
from contracts.polls import PollOpened
from poll_api import examples
from poll_api.testing import PollApi, bearer, proposal

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_opened_poll_can_be_read_as_it_was_answered(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.reads(poll, poll.organiser)
    assert answer.status_code == 200
    assert answer.json() == poll.known
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Commontime-Sequence"] == "polls=1"


async def test_opening_says_where_the_poll_is_and_who_may_do_what(poll_api: PollApi) -> None:
    answer = await poll_api.client.post("/api/v1/polls", json=proposal())
    opened = answer.json()
    page = f"http://commontime.test/p/{opened['id']}"
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/polls/{opened['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Commontime-Sequence"] == "polls=1"
    assert answer.headers["Cache-Control"] == "no-store"
    assert UUID(opened["id"]).version == 7
    assert re.fullmatch(r"ct_org_[\w-]{43}", opened["capabilities"]["organiser"])
    assert re.fullmatch(r"ct_ans_[\w-]{43}", opened["capabilities"]["answer"])
    assert opened["links"] == {
        name: f"{page}#{token}" for name, token in opened["capabilities"].items()
    }


async def test_what_is_left_out_has_its_default(poll_api: PollApi) -> None:
    known = (await poll_api.opens()).known
    assert known["state"] == "open"
    assert known["timezone"] == "UTC"
    assert known["step"] == "PT15M"
    assert known["slots"] == [known["window"]]
    assert known["access"] == "link"
    assert known["visibility"] == {"names": "everyone", "results": "everyone"}
    assert known["invited"] == []
    empty = ("description", "daily_hours", "deadline", "owner", "event_id", "decision", "regret")
    assert [known[name] for name in empty] == [None] * len(empty)


async def test_the_documented_example_opens_the_documented_poll(poll_api: PollApi) -> None:
    answer = await poll_api.client.post("/api/v1/polls", json=examples.PROPOSAL)
    poll, documented = answer.json(), examples.OPENED_POLL
    own = ("id", "created_at", "capabilities", "links")
    assert {**poll, **{name: documented[name] for name in own}} == documented


async def test_times_without_offset_are_local_to_the_poll(poll_api: PollApi) -> None:
    poll = await poll_api.opens(
        timezone="Europe/Berlin",
        window={"start": "2030-07-01T09:00", "end": "2030-12-01T09:00"},
        deadline="2030-06-30T12:00:00",
        duration=90,
    )
    assert poll.known["window"] == {"start": "2030-07-01T07:00:00Z", "end": "2030-12-01T08:00:00Z"}
    assert poll.known["deadline"] == "2030-06-30T10:00:00Z"
    assert poll.known["duration"] == "PT1H30M"


async def test_the_fact_carries_hashes_and_never_a_capability(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    [recorded] = await poll_api.service.store.read(f"poll-{poll.id}")
    assert isinstance(recorded.fact, PollOpened)
    assert recorded.key == str(poll.id)
    capabilities = poll.opened["capabilities"]
    assert recorded.fact.organiser_hash == hash_of(capabilities["organiser"])
    assert recorded.fact.answer_hash == hash_of(capabilities["answer"])
    everything = str(poll_api.stored(poll))
    assert not any(token in everything for token in capabilities.values())


async def test_hours_around_the_clock_fit_a_meeting_longer_than_a_day(poll_api: PollApi) -> None:
    await poll_api.opens(daily_hours={"start": "00:00", "end": "00:00"}, duration="PT30H")


async def test_a_poll_whose_clipped_hours_are_too_short_is_not_refused(poll_api: PollApi) -> None:
    window = {"start": "2030-12-02T17:30:00Z", "end": "2030-12-03T09:30:00Z"}
    hours = {"start": "09:00", "end": "18:00"}
    await poll_api.opens(window=window, daily_hours=hours, duration="PT1H")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer two words"])
async def test_a_malformed_credential_is_refused(poll_api: PollApi, header: str) -> None:
    answer = await poll_api.client.post(
        "/api/v1/polls", json=proposal(), headers={"Authorization": header}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_header"


async def test_who_has_some_credential_may_open_a_poll_too(poll_api: PollApi) -> None:
    answer = await poll_api.client.post(
        "/api/v1/polls", json=proposal(), headers=bearer("ct_org_of_another_poll")
    )
    assert answer.status_code == 201
