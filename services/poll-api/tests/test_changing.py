"""Revising, closing, reopening, finalising, cancelling: answers, refusals, what stays."""

from typing import Any
from uuid import UUID

import pytest

from contracts.fact import Span
from contracts.polls import PollOpened, PollRevised
from poll_api import examples
from poll_api.testing import END, HOUR, NOW, START, Poll, PollApi, iso

pytestmark = pytest.mark.asyncio(loop_scope="module")

STARTED = {"window": {"start": iso(NOW - HOUR), "end": iso(END)}}


async def types_of(poll_api: PollApi, poll: Poll) -> list[str]:
    recorded = await poll_api.service.store.read(f"poll-{poll.id}")
    return [type(one.fact).__name__ for one in recorded]


async def test_a_patch_changes_what_it_names_and_nothing_else(poll_api: PollApi) -> None:
    poll = await poll_api.opens(description="Bring numbers", rules={"min_available": 2})
    patch = {"title": "Retro", "description": None, "rules": {"min_percentage": 50}}
    answer = await poll_api.revises(poll, patch, match='"1"')
    rules = {**poll.known["rules"], "min_percentage": 50}
    changed = {"title": "Retro", "description": None, "rules": rules, "version": 2}
    assert answer.status_code == 200
    assert answer.json() == {**poll.known, **changed}
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Commontime-Sequence"] == "polls=2"
    assert (await poll_api.reads(poll, poll.organiser)).json() == answer.json()


async def test_a_patch_may_be_sent_as_what_it_is(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.client.patch(
        poll.path,
        content='{"title": "Retro"}',
        headers={
            **poll.organiser,
            "If-Match": '"1"',
            "Content-Type": "application/merge-patch+json",
        },
    )
    assert answer.json()["title"] == "Retro"


async def test_null_takes_a_value_back_to_its_default(poll_api: PollApi) -> None:
    poll = await poll_api.opens(
        step="PT30M",
        daily_hours={"start": "09:00", "end": "18:00"},
        visibility={"names": "organiser", "results": "organiser"},
        rules={"buffer": {"before": "PT10M"}},
    )
    patch = {
        "step": None,
        "daily_hours": None,
        "visibility": {"names": None},
        "rules": {"buffer": None},
    }
    revised = (await poll_api.revises(poll, patch)).json()
    assert revised["step"] == "PT15M"
    assert revised["daily_hours"] is None
    assert revised["slots"] == [revised["window"]]
    assert revised["visibility"] == {"names": "everyone", "results": "organiser"}
    assert revised["rules"]["buffer"] == {"before": "PT0S", "after": "PT0S"}


async def test_new_hours_cut_new_slots_in_the_zone_of_the_poll(poll_api: PollApi) -> None:
    window = {"start": "2030-03-30T00:00+01:00", "end": "2030-04-01T00:00+02:00"}
    poll = await poll_api.opens(timezone="Europe/Berlin", window=window)
    hours = {"start": "09:00", "end": "18:00"}
    revised = (await poll_api.revises(poll, {"daily_hours": hours})).json()
    assert revised["slots"] == [
        {"start": "2030-03-30T08:00:00Z", "end": "2030-03-30T17:00:00Z"},
        {"start": "2030-03-31T07:00:00Z", "end": "2030-03-31T16:00:00Z"},
    ]
    later = (await poll_api.revises(poll, {"daily_hours": {"start": "10:00"}})).json()
    assert later["daily_hours"]["start"] == "10:00"
    assert later["daily_hours"]["end"] == "18:00"


@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"title": "Planning"},
        {"window": {"start": "2030-12-02T01:00:00+01:00"}},
        {"duration": 60},
        {"deadline": None},
        {"daily_hours": {"days": ["fri", "mon"]}},
    ],
)
async def test_an_identical_patch_changes_nothing(poll_api: PollApi, patch: dict[str, Any]) -> None:
    poll = await poll_api.opens(
        window={"start": "2030-12-02T00:00:00Z", "end": "2030-12-09T00:00:00Z"},
        daily_hours={"start": "09:00", "end": "18:00", "days": ["mon", "fri"]},
    )
    before = poll_api.stored(poll)
    answer = await poll_api.revises(poll, patch)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.json() == poll.known
    assert poll_api.stored(poll) == before


async def test_the_documented_patch_is_accepted(poll_api: PollApi) -> None:
    answer = await poll_api.client.post("/api/v1/polls", json=examples.PROPOSAL)
    revised = await poll_api.revises(Poll(answer.json()), examples.PATCH)
    assert revised.status_code == 200
    assert revised.json()["deadline"] == "2030-12-01T11:00:00Z"


async def test_a_patch_without_a_version_is_refused(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.revises(poll, {"title": "Retro"}, match=None)
    assert answer.status_code == 428
    assert answer.json()["code"] == "precondition_required"
    assert (await poll_api.reads(poll)).json() == poll.known_to_everyone


@pytest.mark.parametrize("match", ['"2"', '"0"', '"something"'])
async def test_a_patch_of_another_version_is_refused(poll_api: PollApi, match: str) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.revises(poll, {"title": "Retro"}, match=match)
    assert answer.status_code == 412
    assert answer.json()["code"] == "precondition_failed"
    assert (await poll_api.reads(poll)).json() == poll.known_to_everyone


@pytest.mark.parametrize("verb", ["close", "reopen", "cancel", "finalise"])
async def test_a_command_may_name_the_version_it_is_for(poll_api: PollApi, verb: str) -> None:
    poll = await poll_api.opens()
    body = {"start": iso(START)} if verb == "finalise" else None
    before = poll_api.stored(poll)
    stale = await poll_api.does(poll, verb, body, {"If-Match": '"7"'})
    assert stale.status_code == 412
    assert poll_api.stored(poll) == before
    current = await poll_api.does(poll, verb, body, {"If-Match": '"1"'})
    assert current.status_code == 200


async def test_a_malformed_version_is_a_bad_header(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.revises(poll, {"title": "Retro"}, match="1")
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_header"


async def test_a_poll_is_closed_and_reopened(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    assert (await poll_api.does(poll, "close")).json()["state"] == "closed"
    assert (await poll_api.does(poll, "close")).headers["ETag"] == '"2"'
    assert (await poll_api.does(poll, "reopen")).json()["state"] == "open"
    assert (await poll_api.does(poll, "reopen")).headers["ETag"] == '"3"'
    assert await types_of(poll_api, poll) == ["PollOpened", "PollClosed", "PollReopened"]


async def test_finalising_says_which_event_it_becomes(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.finalises(poll, as_of={"polls": 1, "schedules": 17})
    finalised = answer.json()
    assert answer.status_code == 200
    assert finalised["state"] == "finalised"
    assert UUID(finalised["event_id"]).version == 7
    assert finalised["decision"] == {
        "start": iso(START),
        "end": iso(START + HOUR),
        "basis": {"polls": 1, "schedules": 17},
        "automatic": False,
    }
    assert (await poll_api.reads(poll, poll.organiser)).json() == finalised


async def test_a_poll_keeps_its_event_when_it_is_decided_again(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    first = (await poll_api.finalises(poll)).json()
    assert (await poll_api.finalises(poll)).json() == first
    reopened = (await poll_api.does(poll, "reopen")).json()
    assert reopened["decision"] is None
    assert reopened["event_id"] == first["event_id"]
    second = (await poll_api.finalises(poll, START + HOUR)).json()
    assert second["event_id"] == first["event_id"]
    assert second["decision"]["basis"] == {"polls": 3, "schedules": 0}


async def test_the_documented_decision_is_accepted(poll_api: PollApi) -> None:
    answer = await poll_api.client.post("/api/v1/polls", json=examples.PROPOSAL)
    finalised = await poll_api.does(Poll(answer.json()), "finalise", examples.FINALISE)
    assert finalised.status_code == 200


async def test_what_was_decided_stands_until_the_poll_is_reopened(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    await poll_api.finalises(poll)
    before = poll_api.stored(poll)
    for answer in (
        await poll_api.finalises(poll, START + HOUR),
        await poll_api.does(poll, "close"),
        await poll_api.revises(poll, {"duration": "PT2H"}),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "poll_finalised"
    assert poll_api.stored(poll) == before
    assert (await poll_api.revises(poll, {"title": "Retro"})).status_code == 200


async def test_a_finalised_poll_is_not_reopened_after_its_start(poll_api: PollApi) -> None:
    poll = await poll_api.opens(**STARTED)
    await poll_api.finalises(poll, NOW - HOUR / 2)
    before = poll_api.stored(poll)
    answer = await poll_api.does(poll, "reopen")
    assert answer.status_code == 409
    assert answer.json()["code"] == "event_started"
    assert poll_api.stored(poll) == before


async def test_cancelled_is_the_end(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    assert (await poll_api.does(poll, "cancel")).json()["state"] == "cancelled"
    before = poll_api.stored(poll)
    for answer in (
        await poll_api.does(poll, "close"),
        await poll_api.does(poll, "reopen"),
        await poll_api.finalises(poll),
        await poll_api.revises(poll, {"title": "Retro"}),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "poll_cancelled"
    assert (await poll_api.does(poll, "cancel")).headers["ETag"] == '"2"'
    assert poll_api.stored(poll) == before


async def test_what_has_passed_does_not_stand_in_the_way_of_other_changes(
    poll_api: PollApi,
) -> None:
    poll = await poll_api.opens()
    [opened] = await poll_api.service.store.read(f"poll-{poll.id}")
    assert isinstance(opened.fact, PollOpened)
    window = Span(start=NOW - 2 * HOUR, end=NOW)
    details = opened.fact.details.model_copy(update={"window": window})
    fact = PollRevised(poll_id=poll.id, details=details, revised_at=NOW)
    await poll_api.service.store.append(opened.stream, 1, [fact], key=opened.key)
    answer = await poll_api.revises(poll, {"title": "Retro"})
    assert answer.status_code == 200
    assert answer.json()["window"]["end"] == iso(NOW)
