"""A replica is told to stop in the middle of something: it finishes, or undoes all of it."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from time import perf_counter

import httpx
import pytest

from chassis.graceful_server import DRAIN_S
from commontime_driver import JSON, Commontime, eventually, free
from held_up import (
    asked,
    ends_its_work,
    facts_take_long,
    is_gone,
    is_storing,
    locked,
    stops,
    waits_for_a_lock,
    whoever_waits,
)
from partner import Partner, serve_partner
from rolling import GRACE_S
from separate_processes import PATIENCE, Replica, SeparateProcesses
from standalone.lone_service import LoneService
from standalone.ports import is_open
from standalone.testing import eventually as eventually_so


@pytest.fixture
async def driver(deployment: SeparateProcesses) -> AsyncGenerator[Commontime]:
    """After a test, whatever it stopped, or only told to, runs again."""
    async with Commontime(deployment.url, deployment.admin_token) as driver:
        yield driver
    for replica in deployment.replicas:
        if not await asyncio.to_thread(replica.is_ready):
            assert replica.child
            replica.child.stop(GRACE_S)
            deployment.run(replica)
    for service in deployment.services:
        await deployment.is_ready(service.name)


async def test_a_slow_request_is_finished_while_readiness_is_refused_and_others_go_elsewhere(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    poll = await driver.opens_a_poll()
    ann = await driver.joins(poll)
    first, _ = deployment.of("availability")
    with locked(deployment, "availability", poll) as let_go:
        async with httpx.AsyncClient(base_url=first.url, timeout=30) as client:
            slow = asyncio.create_task(
                client.put(f"{ann.path}/schedule", json=answer(), headers=bearer(ann.edit))
            )
            await waits_for_a_lock(deployment, "availability")
            tell(first)
            assert await readiness(client) == (503, "The service is stopping.")
            assert (await client.get("/healthz")).status_code == 200
            assert not slow.done()
            let_go()
            assert (await slow).status_code == 200
            await driver.joins(poll, "Ben")
    await ends_well(first)
    assert (await driver.sees_recommended(poll))["as_of"]["schedules"] == 3


async def test_a_batch_is_committed_before_its_replica_leaves(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    poll = await driver.opens_a_poll()
    ann = await driver.joins(poll)
    await driver.sees_recommended(poll)
    both = deployment.of("recommender")
    with locked(deployment, "recommender", poll, "seen") as let_go:
        await driver.submits(ann, free(0, 2))
        await waits_for_a_lock(deployment, "recommender")
        at_it = whoever_waits(deployment, "recommender")
        stopped = stops(deployment, at_it)
        for replica in both:
            tell(replica)
        # Earlier than that nobody would drop a batch.
        await ends_its_work(deployment, at_it, stopped)
        let_go()
        for replica in both:
            await ends_well(replica)
    query = "select sequence from seen where source = 'schedules' and key = %s"
    assert asked(deployment, "recommender", query, poll.id) == [(2,)]


async def test_a_viewer_is_sent_away_in_order_and_misses_nothing(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    poll = await driver.opens_a_poll()
    ann = await driver.joins(poll)
    first, _ = deployment.of("recommender")
    async with (
        Commontime(first.url) as directly,
        directly.watches(f"{poll.path}/stream", poll.answer) as watching,
    ):
        await watching.event()
        tell(first)
        assert await watching.ended()
    assert watching.retry
    assert watching.retry / 1000 > DRAIN_S
    await listens_no_more(first)
    await driver.submits(ann, free(0, 2))
    path, last = f"{poll.path}/stream", watching.last_id
    async with driver.watches(path, poll.answer, last=last) as again:
        seen = await again.event()
        while seen.data.get("as_of", {}).get("schedules") != 2:
            seen = await again.event()
    await ends_well(first)


async def test_a_partner_who_takes_long_is_waited_for_and_told_once(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    with serve_partner() as partner:
        asked_partner, may_answer = hold(partner)
        endpoint = await driver.registers_a_webhook(partner.url, "event.created")
        await driver.creates_an_event()
        await asyncio.to_thread(asked_partner.wait, PATIENCE)
        for replica in deployment.of("event-lifecycle"):
            tell(replica)
        # No attempt is begun any more; this one is waited for.
        await is_gone(deployment, "event-lifecycle", "webhooks")
        may_answer.set()
        for replica in deployment.of("event-lifecycle"):
            await ends_well(replica)
        attempts = "select status from webhook_attempts"
        assert asked(deployment, "event-lifecycle", attempts) == [(204,)]
        assert len(partner.received) == 1
        deployment.run_service("event-lifecycle")
        await deployment.is_ready("event-lifecycle")
        path = f"/api/v1/webhooks/endpoints/{endpoint['id']}"
        await driver.asks("DELETE", path, None, driver.admin_token, {"If-Match": "*"})


async def test_a_timer_that_is_being_fired_fires_once(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    async with facts_take_long(deployment, "event-lifecycle"):
        event = await driver.creates_an_event()
        await is_storing(deployment, "event-lifecycle", "completions")
        for replica in deployment.of("event-lifecycle"):
            tell(replica)
        for replica in deployment.of("event-lifecycle"):
            await ends_well(replica)
    deployment.run_service("event-lifecycle")
    await deployment.is_ready("event-lifecycle")
    path = f"/api/v1/events/{event['id']}/history"

    async def types() -> list[str]:
        facts = (await driver.asks("GET", path, None, driver.admin_token)).json()["items"]
        return [fact["type"] for fact in facts if "completed" in fact["type"]]

    assert len(await eventually(types, lambda seen: seen != [])) == 1


async def test_a_second_signal_ends_at_once_and_leaves_nothing_half_done(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    poll = await driver.opens_a_poll()
    ann = await driver.joins(poll)
    first, _ = deployment.of("availability")
    with locked(deployment, "availability", poll):
        async with httpx.AsyncClient(base_url=first.url, timeout=30) as client:
            slow = asyncio.create_task(
                client.put(f"{ann.path}/schedule", json=answer(), headers=bearer(ann.edit))
            )
            await waits_for_a_lock(deployment, "availability")
            told = perf_counter()
            tell(first)
            tell(first)
            await asyncio.to_thread(eventually_so, lambda: not runs(first), GRACE_S)
            assert perf_counter() - told < GRACE_S / 2
            with pytest.raises(httpx.HTTPError):
                (await slow).raise_for_status()
    await driver.insists("PUT", f"{ann.path}/schedule", answer(), ann.edit)
    query = "select count(*) from events where key = %s and type like '%%submitted%%'"
    assert asked(deployment, "availability", query, poll.id) == [(1,)]


@pytest.mark.parametrize("name", ["poll-api", "availability", "recommender", "event-lifecycle"])
def test_one_that_still_waits_for_its_database_stops_when_it_is_told(
    name: str, tmp_path: Path
) -> None:
    nowhere, key = "postgresql://nobody:x@127.0.0.1:1/nothing", {"COMMONTIME_SIGNING_KEY": "k" * 40}
    service = LoneService(name, nowhere, tmp_path, settings=key)
    service.begins()
    assert service.child
    child = service.child
    eventually_so(lambda: "waiting for PostgreSQL" in service.log.read_text(), PATIENCE)
    child.ask_to_stop()
    told = perf_counter()
    child.finish(GRACE_S)
    assert perf_counter() - told < GRACE_S / 2


def answer() -> JSON:
    return {"intervals": [free(0, 2)]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def runs(replica: Replica) -> bool:
    return replica.child is not None and replica.child.is_running


def tell(replica: Replica) -> None:
    assert replica.child
    replica.child.ask_to_stop()


async def ends_well(replica: Replica) -> None:
    assert replica.child
    await asyncio.to_thread(replica.child.finish, GRACE_S)
    assert replica.child.exit_code == 0


async def readiness(client: httpx.AsyncClient) -> tuple[int, str]:
    """As soon as it is not "ready"."""

    async def look() -> httpx.Response:
        return await client.get("/readyz")

    seen = await eventually(look, lambda answer: answer.status_code != 200)
    return seen.status_code, seen.json()["detail"]


async def listens_no_more(replica: Replica) -> None:
    await asyncio.to_thread(eventually_so, lambda: not is_open(replica.port), GRACE_S)


def hold(partner: Partner) -> tuple[threading.Event, threading.Event]:
    """Have the partner say nothing until it may; the first event tells that it was asked."""
    was_asked, may_answer = threading.Event(), threading.Event()
    takes = partner.takes

    def takes_long(headers: dict[str, str], body: bytes) -> int:
        was_asked.set()
        may_answer.wait(PATIENCE)
        return takes(headers, body)

    partner.takes = takes_long
    return was_asked, may_answer
