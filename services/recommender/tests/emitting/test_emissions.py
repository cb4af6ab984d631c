"""Others are told of every poll: after each change, the latest, and not too often."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import timedelta
from time import monotonic
from typing import Protocol

import psycopg
import pytest
import pytest_asyncio

from contracts.polls import AutoFinalise, PollCancelled, PollReopened, Rules
from contracts.recommendations import PollRecommendations
from inbox.testing.owner import TOKEN, Owner
from recommender.emissions import PAUSE
from recommender.maintenance import rebuild
from recommender.settings import Settings
from recommender.testing import (
    AT,
    Others,
    Poll,
    Recommender,
    free,
    free_later,
    hour,
    later_window,
    opened,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Reader(Protocol):
    def of(self, poll: Poll) -> list[PollRecommendations]: ...
    async def until(
        self, poll: Poll, version: int | None = None, times: int = 1
    ) -> PollRecommendations: ...
    async def reads_on(self, seconds: float) -> None: ...


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recommender(settings: Settings, they: Others) -> AsyncGenerator[Recommender]:
    """Three replicas, of which one is asked."""
    async with AsyncExitStack() as running:
        replicas = [
            await running.enter_async_context(
                opened(settings.model_copy(update={"instance_id": name}))
            )
            for name in ("one", "two", "three")
        ]
        yield replicas[0]


async def test_a_state_says_what_it_is_made_of_and_what_is_best(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    rules = Rules(auto_finalise=AutoFinalise(when="everyone_answered", expected=2))
    poll = await they.opened(rules=rules)
    await they.answered(poll, None, free(0, 2, "preferred"), free(4, 6))
    ben = await they.joined(poll)
    state = await told.until(poll)
    assert (state.total, state.answered, state.finalise) == (2, 1, None)
    await they.submits(poll, ben, free(1, 2, "if_needed"), free(4, 6))
    state = await told.until(poll)
    assert (state.as_of.polls, state.as_of.schedules) == (1, 4)
    assert (state.total, state.answered) == (2, 2)
    best = state.leading[0]
    assert (best.available, best.weight, best.if_needed, best.preferred) == (2, 2, 0, 0)
    assert best.start.isoformat().replace("+00:00", "Z") == hour(4)
    assert best.latest_start.isoformat().replace("+00:00", "Z") == hour(5)
    assert state.finalise == best.start
    assert [each.available for each in state.leading] == [2, 2, 1]


async def test_a_decided_poll_goes_on_being_told_of_and_with_what_there_is_to_regret(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    poll = await they.opened(window=later_window())
    await they.answered(poll, None, free_later(0, 2))
    ben = await they.answered(poll, None, free_later(0, 1))
    decided, better = later_window().start, later_window().start + timedelta(hours=1)
    await they.finalises(poll, decided)
    assert (await told.until(poll)).regret is None
    await they.submits(poll, ben, free_later(1, 2))
    cem = await they.answered(poll, None, free_later(1, 2))
    state = await told.until(poll)
    assert state.regret is not None
    assert (state.regret.start, state.regret.better.start, state.regret.people) == (
        decided,
        better,
        2,
    )
    await they.erases(poll, cem)
    state = await told.until(poll)
    assert state.regret is not None
    assert state.regret.people == 1
    await they.decides(poll, PollReopened(poll_id=poll.id, deadline=None, reopened_at=AT))
    assert (await told.until(poll)).regret is None


async def test_a_cancelled_poll_asks_for_nothing(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    rules = Rules(auto_finalise=AutoFinalise(when="everyone_answered", expected=1))
    poll = await they.opened(rules=rules)
    await they.answered(poll, None, free(0, 2))
    assert (await told.until(poll)).finalise is not None
    await they.decides(poll, PollCancelled(poll_id=poll.id, cancelled_at=AT))
    assert (await told.until(poll)).finalise is None


async def test_many_changes_are_told_now_and_then_and_the_last_for_sure(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    poll = await they.opened()
    ann = await they.joined(poll)
    await told.until(poll)
    begun, before = monotonic(), len(told.of(poll))
    for turn in range(150):
        await they.submits(poll, ann, free(turn % 8 / 4, 3))
    await told.until(poll)
    pauses = (monotonic() - begun) / PAUSE.total_seconds()
    assert len(told.of(poll)) - before <= pauses + 2


async def test_replicas_beside_each_other_tell_each_version_once(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    polls = [await they.opened() for _ in range(5)]
    for turn in range(8):
        for poll in polls:
            await they.answered(poll, None, free(turn % 4, 6))
    for poll in polls:
        await told.until(poll)
    await told.reads_on(2 * PAUSE.total_seconds())
    for poll in polls:
        versions = [state.version for state in told.of(poll)]
        assert versions == sorted(set(versions))


async def test_what_a_replica_left_behind_is_told_by_another(
    recommender: Recommender, they: Others, told: Reader, settings: Settings
) -> None:
    poll = await they.opened()
    await told.until(poll)
    for _ in range(10):
        await told.reads_on(0.1)  # until nothing happens here that would make anybody look
    # As if it had died between taking the facts in and telling of them.
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as conn:
        conn.execute(
            "update emissions set due = due + 1, version = 0 where poll_id = %s", [poll.id]
        )
    await told.until(poll, times=2)


async def test_a_state_that_is_older_than_what_was_told_is_not_told(
    recommender: Recommender, they: Others, told: Reader, settings: Settings
) -> None:
    poll = await they.opened()
    await told.until(poll)
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as conn:
        later = "update emissions set due = due + 1, version = 1000 where poll_id = %s"
        conn.execute(later, [poll.id])
        waits = "select from emissions where poll_id = %s and due > emitted"
        async with asyncio.timeout(10):
            while conn.execute(waits, [poll.id]).fetchone():
                await told.reads_on(0.1)
    for _ in range(10):
        await told.reads_on(0.1)  # a message would be on its way
    assert [state.version for state in told.of(poll)] == [1]


async def test_states_can_be_fetched_and_sent_again_by_other_services(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    poll, other = await they.opened(), await they.opened()
    state = await told.until(poll)
    await told.until(other)
    path, headers = "/internal/v1/states/commontime.recommendations", _service()
    after = f"{poll.id.hex[:8]}"
    answer = await recommender.client.get(path, params={"after_key": after}, headers=headers)
    values = {item["key"]: item["value"] for item in answer.json()["items"]}
    assert PollRecommendations.model_validate(values[str(poll.id)]) == state
    assert (await recommender.client.get(path)).status_code == 404

    body = {"key": str(poll.id)}
    again = await recommender.client.post("/internal/v1/republish", json=body, headers=headers)
    assert (again.status_code, again.json()) == (202, {"facts": 1})
    await told.until(poll, times=2)
    assert len(told.of(other)) == 1
    again = await recommender.client.post("/internal/v1/republish", json={}, headers=headers)
    assert again.json()["facts"] >= 2
    await told.until(other, times=2)


async def test_after_a_rebuild_everything_is_told_anew(
    recommender: Recommender,
    they: Others,
    told: Reader,
    settings: Settings,
    poll_api: Owner,
    availability: Owner,
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2))
    state = await told.until(poll)
    poll_api.tells_heads = availability.tells_heads = True
    await rebuild(settings, [])
    assert await told.until(poll, times=2) == state


def _service() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}
