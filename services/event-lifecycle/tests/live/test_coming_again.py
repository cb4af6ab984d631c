"""Whoever was cut off comes again with the last id, to any replica, and has missed nothing."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from chassis.live.testing import Watching
from event_lifecycle.live import hub, reading
from event_lifecycle.live.testing import Served, serving
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import Poll, bearer
from event_lifecycle.testing.running import connect
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANUAL = {"mode": "manual"}
CHANGE = "update scheduled_events set version = version + 1, changed = pg_current_xact_id() "


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replica(shared_settings: Settings, served: Served) -> AsyncGenerator[Served]:
    settings = shared_settings.model_copy(update={"instance_id": "two"})
    async with serving(settings) as running:
        yield running


async def last_id(served: Served) -> str:
    async with served.watching() as watching:
        await watching.event()
    assert watching.last_id is not None
    return watching.last_id


class Board:
    """What a client holds: of each event the one with the higher version."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.last: str | None = None

    async def watches(self, watching: Watching, until: Mapping[str, int]) -> None:
        """Until it holds these events with these versions or later ones."""
        while any(self.version(id_) < version for id_, version in until.items()):
            told = await watching.event()
            assert told.name == "event"
            self.takes(told.data)
            self.last = watching.last_id or self.last

    def takes(self, event: dict[str, Any]) -> None:
        if event["version"] > self.version(event["id"]):
            self.events[event["id"]] = event

    def version(self, event_id: str) -> int:
        return self.events[event_id]["version"] if event_id in self.events else 0


async def test_what_was_missed_is_told_by_any_replica(served: Served, replica: Served) -> None:
    last = await last_id(served)
    event = await served.creates(completion=MANUAL)
    changed = await served.revises(event, title="Retro")
    other = await replica.creates(completion=MANUAL)
    for anywhere in (served, replica):
        async with anywhere.watching(last=last) as watching:
            told = [(await watching.event()).data for _ in range(2)]
            assert sorted(told, key=lambda one: one["id"]) == [changed, other]
            after = await served.creates(completion=MANUAL)
            assert (await watching.event()).data == after
        await served.rows("delete from scheduled_events where event_id = %s", after["id"])


async def test_what_was_missed_is_told_after_a_restart(settings: Settings) -> None:
    async with serving(settings) as before:
        last = await last_id(before)
        event = await before.creates(completion=MANUAL)
    async with serving(settings) as after, after.watching(last=last) as watching:
        assert (await watching.event()).data == event


async def test_what_was_missed_is_told_to_those_alone_who_may_see_it(
    served: Served, owner: Owner
) -> None:
    poll = Poll(owner)
    last = await last_id(served)
    poll.finalised()
    await served.client.get(
        "/api/v1/events", params={"poll_id": str(poll.id)}, headers=bearer(poll.organiser)
    )
    direct = await served.creates(completion=MANUAL)
    async with (
        served.watching(bearer(poll.organiser), last=last, poll_id=poll.id) as organisers,
        served.watching(last=last) as nobodys,
    ):
        assert (await organisers.event()).data["id"] == str(poll.event_id)
        assert (await nobodys.event()).data == direct


async def test_nothing_is_missed_of_what_changes_at_the_same_time(
    served: Served, replica: Served
) -> None:
    """Fifty changes at once, and a viewer who is cut off again and again, here and there."""
    made = await asyncio.gather(*(served.creates(completion=MANUAL) for _ in range(10)))
    board = Board()
    for event in made:
        board.takes(event)
    board.last = await last_id(served)

    async def changes(event: dict[str, Any]) -> None:
        for turn in range(5):
            maker = (served, replica)[turn % 2]
            await maker.revises(event, title=f"Turn {turn}")

    changing = asyncio.gather(*map(changes, made))
    for turn in range(1, 6):
        anywhere = (served, replica)[turn % 2]
        async with anywhere.watching(last=board.last) as watching:
            await board.watches(watching, {made[turn]["id"]: turn + 1})
    await changing
    async with replica.watching(last=board.last) as watching:
        await board.watches(watching, {event["id"]: 6 for event in made})
    for event in made:
        assert board.events[event["id"]] == await served.sees(event["id"])


async def test_what_began_early_and_is_committed_late_is_told(
    served: Served, replica: Served
) -> None:
    late, early, soon = [await served.creates(completion=MANUAL) for _ in range(3)]
    one = " where event_id = %s"
    async with (
        served.watching() as watching,
        await connect(served.settings) as slow,
    ):
        await watching.event()
        await slow.execute("begin")
        await slow.execute((CHANGE + one).encode(), (late["id"],))
        # Changes that are begun later and told earlier: the cursor must not pass the slow one.
        changed = await served.revises(early, title="Retro")
        assert (await watching.event()).data == changed
        changed = await served.revises(soon, title="Retro")
        assert (await watching.event()).data == changed
        last = watching.last_id
        await slow.execute("commit")
        told = await watching.event()
        assert (told.data["id"], told.data["version"]) == (late["id"], 2)
    board = Board()
    async with replica.watching(last=last) as watching:
        await board.watches(watching, {late["id"]: 2})


async def test_a_long_transaction_has_nothing_told_twice(served: Served) -> None:
    event = await served.creates(completion=MANUAL)
    async with served.watching() as watching, await connect(served.settings) as slow:
        await watching.event()
        await slow.execute("begin")
        await slow.execute("select pg_current_xact_id()")
        for turn in range(5):
            changed = await served.revises(event, title=f"Turn {turn}")
            assert (await watching.event()).data == changed
        await slow.execute("rollback")
        last = await served.creates(completion=MANUAL)
        assert (await watching.event()).data == last


@pytest.mark.parametrize("nonsense", ["999999999999999999", "yesterday", "-1", "1" * 19, "polls=1"])
async def test_an_id_that_is_none_of_ours_means_to_read_the_list_again(
    served: Served, nonsense: str
) -> None:
    async with served.watching(last=nonsense) as watching:
        told = await watching.event()
        assert (told.name, told.data) == ("reset", {})
        event = await served.creates(completion=MANUAL)
        assert (await watching.event()).data == event


async def test_whoever_missed_too_much_reads_the_list_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 3)
    event = await served.creates(completion=MANUAL)
    last = await last_id(served)
    for turn in range(3):
        await served.creates(completion=MANUAL, title=f"{turn}")
    async with served.watching(last=last) as watching:
        assert [(await watching.event()).name for _ in range(3)] == ["event"] * 3
    await served.revises(event, title="Retro")
    async with served.watching(last=last) as watching:
        assert (await watching.event()).name == "reset"


async def test_too_many_changes_at_once_mean_to_read_the_list_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 3)
    for _ in range(4):
        await served.creates(completion=MANUAL)
    async with served.watching() as watching:
        await watching.event()
        await served.rows(CHANGE)
        assert (await watching.event()).name == "reset"
        event = await served.creates(completion=MANUAL)
        assert (await watching.event()).data == event


async def test_a_lost_connection_to_the_database_misses_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_BEAT_S", 0.05)
    async with served.watching() as watching:
        await watching.event()
        for turn in range(3):
            await served.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'event stream'"
            )
            event = await served.creates(completion=MANUAL, title=f"{turn}")
            assert (await watching.event()).data == event


async def test_who_opens_the_stream_and_then_reads_the_list_misses_nothing(
    served: Served,
) -> None:
    stop = asyncio.Event()
    made: list[str] = []

    async def creates() -> None:
        while not stop.is_set():
            made.append((await served.creates(completion=MANUAL, title="Board"))["id"])

    creating = asyncio.create_task(creates())
    for _ in range(5):
        async with served.watching() as watching:
            await watching.event()
            page = await served.client.get("/api/v1/events", params={"limit": 1000})
            listed = {event["id"] for event in page.json()["items"]}
            last = await served.creates(completion=MANUAL)
            while (told := await watching.event()).data["id"] != last["id"]:
                listed.add(told.data["id"])
            assert listed >= set(made[:-1])
    stop.set()
    await creating
