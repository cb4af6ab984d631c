"""Of a timer that fired one can tell in which trace it had been set."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.lifecycle import EventCancelled, EventCompleted, EventRescheduled, EventScheduled
from eventstore.dedicated import dedicated_connection
from timers.origins import origins

SETTING = [EventScheduled.TYPE, EventRescheduled.TYPE]
KEYS = [str(UUID(int=number)) for number in (1, 2, 3)]


class Story:
    """Facts of things, each with the name of its trace where it has any."""

    def __init__(self, things: Any, rescheduled: Any) -> None:
        self._things = things
        self._rescheduled = rescheduled
        self._versions: dict[str, int] = {}

    async def happens(self, key: str, what: str, trace: str | None) -> None:
        now = await self._things.now()
        event_id = UUID(key)
        moved = self._rescheduled(key, now + timedelta(days=1))
        fact = {
            "scheduled": EventScheduled(event_id=event_id, details=moved.details, scheduled_at=now),
            "moved": moved,
            "cancelled": EventCancelled(event_id=event_id, cancelled_at=now),
            "completed": EventCompleted(event_id=event_id, by="timer", completed_at=now),
        }[what]
        before = self._versions.get(key, 0)
        self._versions[key] = before + 1
        await self._things.store.append(
            f"event-{key}", before, [fact], key=key, metadata={"traceparent": trace}
        )

    async def origins(self, trace: str) -> list[str]:
        async with dedicated_connection(self._things.url, "origins") as connection:
            return sorted(await origins(connection, KEYS, trace, SETTING))


async def test_a_timer_comes_from_the_last_fact_that_set_it_and_from_no_other(
    things: Any, rescheduled: Any
) -> None:
    happens = (story := Story(things, rescheduled)).happens
    await happens(KEYS[0], "scheduled", "first")
    await happens(KEYS[0], "moved", "second")
    await happens(KEYS[0], "cancelled", "no setting")
    await happens(KEYS[0], "completed", "fired")
    await happens(KEYS[0], "moved", "after")
    await happens(KEYS[0], "completed", "fired later")
    assert await story.origins("fired") == ["second"]
    assert await story.origins("fired later") == ["after"]


async def test_timers_that_fired_together_come_from_each_trace_once(
    things: Any, rescheduled: Any
) -> None:
    happens = (story := Story(things, rescheduled)).happens
    for key, trace in zip(KEYS, ("one", "two", "two"), strict=True):
        await happens(key, "scheduled", trace)
        await happens(key, "completed", "fired")
    assert await story.origins("fired") == ["one", "two"]


async def test_what_was_set_outside_of_any_trace_or_stored_nothing_comes_from_nowhere(
    things: Any, rescheduled: Any
) -> None:
    happens = (story := Story(things, rescheduled)).happens
    await happens(KEYS[0], "scheduled", None)
    await happens(KEYS[0], "completed", "fired")
    await happens(KEYS[1], "scheduled", "one")
    assert await story.origins("fired") == []
