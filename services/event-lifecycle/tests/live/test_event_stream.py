"""Whoever watches events is told of every change they may see, whoever made it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from chassis.access import hash_of, mint
from chassis.live.testing import Watching
from event_lifecycle.live import hub
from event_lifecycle.live.testing import STREAM, Served, serving, told_of
from event_lifecycle.maintenance import rebuild
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, HOUR, START, Poll, bearer
from event_lifecycle.testing.running import AS_ADMIN, an_event
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANUAL = {"mode": "manual"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replica(shared_settings: Settings, served: Served) -> AsyncGenerator[Served]:
    """Another process on the same database, as good as."""
    settings = shared_settings.model_copy(update={"instance_id": "two"})
    async with serving(settings) as running:
        yield running


async def decided(served: Served, poll: Poll) -> dict[str, Any] | None:
    """The service takes in all of the poll's facts; what its organiser sees then."""
    shown = {**bearer(poll.organiser), "commontime-min-sequence": f"polls={poll.sequence}"}
    answer = await served.client.get(EVENTS, params={"poll_id": str(poll.id)}, headers=shown)
    assert answer.status_code == 200, answer.text
    return next(iter(answer.json()["items"]), None)


async def begun(watching: Watching) -> None:
    assert (await watching.event()).name == "ready"


async def test_a_change_by_hand_is_told_with_the_whole_event(served: Served) -> None:
    async with served.watching() as watching:
        ready = await watching.event()
        assert (ready.name, ready.data) == ("ready", {})
        assert ready.id is not None
        assert watching.retry is not None

        event = await served.creates(completion=MANUAL, description="öffentlich\nund lang")
        told = await watching.event()
        assert (told.name, told.data) == ("event", event)
        assert told.id is not None
        for change in (
            await served.revises(event, title="Retro"),
            await served.revises(event, ends_at=None),
            await served.completes(event),
        ):
            assert (await watching.event()).data == change


async def test_the_timers_completion_is_told(served: Served) -> None:
    async with served.watching() as watching:
        await begun(watching)
        soon = {"mode": "after_creation", "delay": "PT0S"}
        event = await served.creates(completion=soon)
        told = await told_of(watching, event["id"])
        if told.data["status"] == "pending":  # unless both happened within one look
            told = await told_of(watching, event["id"])
        assert (told.data["status"], told.data["completed_by"]) == ("completed", "timer")
        assert told.data == await served.sees(event["id"])


async def test_what_a_poll_decides_is_told_to_those_who_may_see_it(
    served: Served, owner: Owner
) -> None:
    poll, strangers = Poll(owner), Poll(owner)
    async with AsyncExitStack() as opened:
        insiders = [
            await opened.enter_async_context(served.watching(headers))
            for headers in (bearer(poll.organiser), bearer(poll.answer), AS_ADMIN)
        ]
        outsiders = [
            await opened.enter_async_context(served.watching(headers))
            for headers in ({}, bearer(strangers.organiser), bearer(mint("edit")))
        ]
        for watching in (*insiders, *outsiders):
            await begun(watching)
        poll.finalised()
        seen = [await decided(served, poll)]
        for change in (poll.reopened, lambda: poll.finalised(START + HOUR), poll.cancelled):
            change()
            seen.append(await decided(served, poll))
        last = await served.creates(completion=MANUAL)
        for watching in insiders:
            assert [(await watching.event()).data for _ in seen] == seen
        for watching in outsiders:
            assert (await watching.event()).data == last


async def test_the_event_of_a_public_poll_is_told_to_everybody(
    served: Served, owner: Owner
) -> None:
    poll = Poll(owner, access="public")
    async with served.watching() as watching:
        await begun(watching)
        poll.finalised()
        event = await decided(served, poll)
        assert (await watching.event()).data == event


async def test_a_participants_link_shows_what_changes(served: Served, owner: Owner) -> None:
    poll = Poll(owner)
    poll.finalised()
    await decided(served, poll)
    link = (poll.id, poll.participant, hash_of(poll.edit))
    await served.rows("insert into edit_links values (%s, %s, %s)", *link)
    async with served.watching(bearer(poll.edit)) as watching:
        await begun(watching)
        poll.reopened()
        event = await decided(served, poll)
        assert (await watching.event()).data == event
        await served.rows("delete from edit_links where poll_id = %s", poll.id)
        poll.finalised()
        await decided(served, poll)
        other = await served.creates(completion=MANUAL)
        assert (await watching.event()).data == other


async def test_one_poll_can_be_watched_alone(served: Served, owner: Owner) -> None:
    poll, other = Poll(owner), Poll(owner)
    async with (
        served.watching(AS_ADMIN, poll_id=poll.id) as admins,
        served.watching(bearer(poll.organiser), poll_id=poll.id) as organisers,
        served.idle(headers=bearer(poll.organiser), poll_id=other.id) as elsewhere,
    ):
        await begun(admins)
        await begun(organisers)
        await elsewhere.until("event: ready")
        await served.creates(completion=MANUAL)
        other.finalised()
        await decided(served, other)
        poll.finalised()
        event = await decided(served, poll)
        assert (await admins.event()).data == event
        assert (await organisers.event()).data == event
        assert "event: event" not in elsewhere.body


async def test_a_change_by_another_replica_is_told_at_once(
    served: Served, replica: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_BEAT_S", 3600)
    async with served.watching() as here, replica.watching() as there:
        await begun(here)
        await begun(there)
        for maker in (served, replica):
            event = await maker.creates(completion=MANUAL)
            assert (await here.event()).data == event
            assert (await there.event()).data == event


async def test_a_change_that_nobody_rings_for_is_told_within_a_second_or_so(
    served: Served,
) -> None:
    async with served.watching() as watching:
        await begun(watching)
        event = await served.creates(completion=MANUAL)
        await watching.event()
        await served.rows(
            "update scheduled_events set version = 9, changed = pg_current_xact_id()"
            " where event_id = %s",
            event["id"],
        )
        assert (await watching.event()).data["version"] == 9


async def test_direct_events_are_told_to_whoever_may_list_them(shared_settings: Settings) -> None:
    closed = shared_settings.model_copy(update={"event_access": "accounts"})
    async with (
        serving(closed) as served,
        served.watching(AS_ADMIN) as admins,
        served.idle() as nobodys,
        served.idle(headers=bearer(mint("organiser"))) as strangers,
    ):
        await begun(admins)
        await nobodys.until("event: ready")
        await strangers.until("event: ready")
        answer = await served.client.post(EVENTS, json=an_event(), headers=AS_ADMIN)
        assert (await admins.event()).data == answer.json()
        assert "event: event" not in nobodys.body + strangers.body


async def test_it_needs_a_well_formed_credential_and_query(served: Served) -> None:
    malformed = await served.client.get(STREAM, headers={"authorization": "Basic x"})
    assert (malformed.status_code, malformed.json()["code"]) == (400, "bad_header")
    wrong = await served.client.get(STREAM, params={"poll_id": "mine"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "?poll_id")


async def test_its_headers_keep_it_from_being_kept(served: Served) -> None:
    async with served.client.stream("GET", STREAM) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-length" not in answer.headers


async def test_a_rebuild_tells_every_event_as_it_is(served: Served) -> None:
    event = await served.creates(completion=MANUAL)
    async with served.watching() as watching:
        await begun(watching)
        await rebuild(served.settings)
        assert (await told_of(watching, event["id"])).data == event
