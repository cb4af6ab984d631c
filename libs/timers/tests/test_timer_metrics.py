"""What a loop tells of itself: how late, how many at once, and whether it is stuck."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from prometheus_client import CollectorRegistry

from eventstore.store import lock_keys

Eventually = Callable[..., Awaitable[None]]


async def test_every_timer_is_counted_and_so_is_every_look(
    things: Any, eventually: Eventually
) -> None:
    registry = CollectorRegistry()

    async def fired(count: int) -> bool:
        return registry.get_sample_value("commontime_timers_fired_total") == count

    await things.all_due_in(-7, range(3))
    async with things.loop(registry=registry):
        await eventually(lambda: fired(3))
        await things.all_due_in(0, [3])
        await eventually(lambda: fired(4))
        # The last claim is of a look that found nothing.
        await eventually(lambda: _is(registry, "claim_size_bucket", 1, le="0.0"))

    assert registry.get_sample_value("commontime_timers_claim_size_sum") == 4
    assert registry.get_sample_value("commontime_timers_lateness_seconds_count") == 4
    late = registry.get_sample_value("commontime_timers_lateness_seconds_bucket", {"le": "5.0"})
    assert late == 1


async def test_a_stuck_timer_shows_as_overdue_until_it_fires(
    things: Any, eventually: Eventually
) -> None:
    registry = CollectorRegistry()
    overdue = "oldest_overdue_seconds"
    async with await psycopg.AsyncConnection.connect(things.url) as holding:
        key = await things.due_in(-40)
        await lock_keys(holding, [key])
        async with things.loop(registry=registry):
            await eventually(lambda: _is(registry, overdue, 40))
            await holding.rollback()
            await eventually(lambda: _is(registry, "fired_total", 1))
            await eventually(lambda: _is(registry, overdue, 0, most=0))


async def test_what_is_overdue_grows_while_the_loop_sees_nothing(
    things: Any, eventually: Eventually
) -> None:
    registry = CollectorRegistry()
    elapsed = 0.0
    before = await things.now()
    await things.due_in(1000)
    async with things.loop(registry=registry, idle=60, clock=lambda: elapsed):
        await eventually(lambda: _is(registry, "claim_size_count", 1))
        passed = (await things.now() - before).total_seconds()
        assert await _is(registry, "oldest_overdue_seconds", 0, most=0)
        elapsed = 1005.0
        assert await _is(registry, "oldest_overdue_seconds", 5, most=5 + passed)


async def _is(
    registry: CollectorRegistry, name: str, least: float, most: float = 1e9, **labels: str
) -> bool:
    value = registry.get_sample_value(f"commontime_timers_{name}", labels)
    assert value is not None
    return least <= value <= most
