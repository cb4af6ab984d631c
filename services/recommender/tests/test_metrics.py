"""How soon what people submit counts, and how long others wait to be told, can be seen."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic

import psycopg
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from recommender.emission_metrics import EmissionMetrics
from recommender.settings import Settings
from recommender.testing import Others, Recommender, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

DELAY = "commontime_visibility_delay_seconds"
OLDEST = "commontime_recommendation_oldest_dirty_seconds"


async def shown(recommender: Recommender, name: str, **labels: str) -> float:
    metrics = (await recommender.client.get("/metrics")).text
    [value] = [
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return value


async def test_the_time_from_recording_a_schedule_to_its_effect_is_measured(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    they.stores_at(datetime.now(UTC) - timedelta(seconds=4))
    count = await shown(recommender, f"{DELAY}_count")
    seconds = await shown(recommender, f"{DELAY}_sum")
    await they.answered(poll, None, free(0, 2))
    assert (await recommender.asked(poll)).status_code == 200
    # Joined and submitted; opening a poll is no schedule.
    assert await shown(recommender, f"{DELAY}_count") - count == 2
    assert await shown(recommender, f"{DELAY}_sum") - seconds >= 8
    assert await shown(recommender, f"{DELAY}_bucket", le="3.0") == 0


async def test_what_is_told_makes_nobody_wait_any_more(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await they.opened()
    assert (await recommender.asked(poll)).status_code == 200
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
        await database.execute(
            "update emissions set due = due + 1, due_since = now() - interval '1 hour'"
            " where poll_id = %s",
            (poll.id,),
        )
        deadline = monotonic() + 10
        waits = "select due > emitted, now() - due_since from emissions where poll_id = %s"
        while True:
            row = await (await database.execute(waits, (poll.id,))).fetchone()
            if row is not None and not row[0]:
                break
            assert monotonic() < deadline
            await asyncio.sleep(0.05)
        # What changed while it was told waits since then, not since an hour.
        assert row[1] < timedelta(minutes=1)


async def test_the_oldest_that_waits_is_seen(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await they.opened()
    url = settings.database_url.get_secret_value()
    deadline = monotonic() + 20
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
        left = 0
        while not left:
            # Claimed by a replica that died: the others leave it alone for a while.
            cursor = await database.execute(
                "update emissions set due = emitted + 1, due_since = now() - interval '90 s',"
                " claimed_at = 'infinity' where poll_id = %s and due = emitted",
                (poll.id,),
            )
            left = cursor.rowcount
            assert monotonic() < deadline
            await asyncio.sleep(0.05)
    while await shown(recommender, OLDEST) < 90:
        assert monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_it_grows_while_nobody_looks() -> None:
    now, registry = 100.0, CollectorRegistry()
    metrics = EmissionMetrics(registry, lambda: now)
    assert registry.get_sample_value(OLDEST) == 0
    metrics.saw(4)
    now += 6
    assert registry.get_sample_value(OLDEST) == 10
    metrics.saw(None)
    assert registry.get_sample_value(OLDEST) == 0
