"""Commands on a small decider of the tests' own: a counter of submitted schedules."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pytest
from prometheus_client import CollectorRegistry

from chassis.database import Pool, open_pool
from contracts.schedules import ScheduleSubmitted
from eventstore.idempotency import IdempotentRequest, InFlight, KeyReused
from eventstore.remembered import RememberedStates
from eventstore.sealing import Answer
from eventstore.store import Conflict, EventStore
from eventstore.testing import Spec
from eventstore.transact import Outcome, VersionMismatch, transact

Submitted = Callable[..., ScheduleSubmitted]

REQUEST = IdempotentRequest("POST /count", "a-key-of-16-chars", sha256(b"body").digest())


class Full(Exception):
    """No more may be submitted."""


@dataclass(frozen=True)
class Submit:
    """Submit so many more, at most three in all; none changes nothing."""

    facts: Sequence[ScheduleSubmitted]


class Counter:
    """How many were submitted."""

    def initial(self) -> int:
        return 0

    def evolve(self, state: int, fact: ScheduleSubmitted, /) -> int:
        return state + 1

    def decide(self, state: int, command: Submit, /) -> Sequence[ScheduleSubmitted]:
        if state + len(command.facts) > 3:
            raise Full
        return command.facts


def as_answer(state: int, version: int) -> Answer:
    return Answer(200, f"{state} at {version}".encode())


async def submit(
    store: EventStore,
    command: Submit,
    *,
    expected_version: int | None = None,
    request: IdempotentRequest | None = None,
    stream: str = "schedule-1",
    is_new: bool = False,
    attempts: int = 5,
) -> Outcome[int]:
    return await transact(
        store,
        Counter(),
        stream,
        command,
        key="poll",
        answer=as_answer,
        expected_version=expected_version,
        request=request,
        is_new=is_new,
        attempts=attempts,
    )


async def test_a_command_stores_what_the_decider_decides(
    store: EventStore, submitted: Submitted
) -> None:
    outcome = await submit(store, Submit([submitted(1), submitted(2)]))

    assert (outcome.state, outcome.version, outcome.sequence) == (2, 2, 2)
    assert outcome.answer == Answer(200, b"2 at 2")
    assert list(outcome.recorded) == await store.read("schedule-1")


async def test_a_refused_command_stores_nothing(store: EventStore, submitted: Submitted) -> None:
    with pytest.raises(Full):
        await submit(store, Submit([submitted()] * 4), request=REQUEST)
    assert await store.head("poll") == 0
    assert await store.replayed(REQUEST) is None


async def test_a_command_that_changes_nothing_answers_with_what_is(
    store: EventStore, submitted: Submitted
) -> None:
    await submit(store, Submit([submitted()]))
    outcome = await submit(store, Submit([]), request=REQUEST)

    assert (outcome.state, outcome.version, outcome.sequence) == (1, 1, 1)
    assert outcome.recorded == ()
    assert (await submit(store, Submit([]), request=REQUEST)).replayed


async def test_commands_at_once_all_see_each_other(store: EventStore, submitted: Submitted) -> None:
    outcomes = await asyncio.gather(
        *(submit(store, Submit([submitted(n)])) for n in range(1, 6)), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(Full) == 2
    assert len(await store.read("schedule-1")) == 3


async def test_it_gives_up_when_the_stream_moves_each_time(
    store: EventStore, submitted: Submitted
) -> None:
    outcomes = await asyncio.gather(
        *(submit(store, Submit([submitted(n)]), attempts=1) for n in range(1, 4)),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes].count(Conflict) == 2


async def test_a_stale_version_is_refused_whatever_the_command(
    store: EventStore, submitted: Submitted
) -> None:
    await submit(store, Submit([submitted()]), expected_version=0)

    for facts in ([submitted()], []):
        with pytest.raises(VersionMismatch) as mismatch:
            await submit(store, Submit(facts), expected_version=0)
        assert mismatch.value.actual == 1


async def test_of_two_with_the_same_version_one_wins(
    store: EventStore, submitted: Submitted
) -> None:
    outcomes = await asyncio.gather(
        *(submit(store, Submit([submitted(n)]), expected_version=0) for n in (1, 2)),
        return_exceptions=True,
    )
    assert {type(one) for one in outcomes} == {Outcome, VersionMismatch}


async def test_the_same_request_again_gets_the_first_answer(
    store: EventStore, submitted: Submitted
) -> None:
    first = await submit(store, Submit([submitted()]), request=REQUEST)
    await submit(store, Submit([submitted()]))
    again = await submit(store, Submit([submitted()]), request=REQUEST)

    assert (again.answer, again.version, again.replayed) == (first.answer, 1, True)
    assert (again.state, again.sequence) == (2, 2)
    assert await store.head("poll") == 2


async def test_each_replay_is_counted_once(pool: Pool, submitted: Submitted) -> None:
    registry = CollectorRegistry()

    def counted() -> float | None:
        return registry.get_sample_value("commontime_idempotent_replays_total")

    async with EventStore(pool, source="test", registry=registry) as store:
        await submit(store, Submit([submitted()]), request=REQUEST)
        assert counted() == 0
        # Once with the stream at hand, once without.
        await submit(store, Submit([submitted()]), request=REQUEST)
        assert counted() == 1
        store.remembered.forget("schedule-1")
        await submit(store, Submit([submitted()]), request=REQUEST)
        assert counted() == 2
        await store.replayed(REQUEST)
        assert counted() == 3


async def test_a_replay_comes_before_every_other_check(
    store: EventStore, submitted: Submitted
) -> None:
    """Also where the version moved on, or the command would be refused by now."""
    await submit(store, Submit([submitted()] * 3), request=REQUEST, expected_version=0)
    again = await submit(store, Submit([submitted()] * 3), request=REQUEST, expected_version=0)
    assert again.replayed


async def test_another_request_under_the_same_key_is_refused(
    store: EventStore, submitted: Submitted
) -> None:
    await submit(store, Submit([submitted()]), request=REQUEST)
    another = IdempotentRequest(REQUEST.scope, REQUEST.key, sha256(b"another").digest())
    with pytest.raises(KeyReused):
        await submit(store, Submit([submitted()]), request=another)


async def test_the_same_request_at_once_in_one_process_is_in_flight(
    store: EventStore, submitted: Submitted
) -> None:
    outcomes = await asyncio.gather(
        *(submit(store, Submit([submitted()]), request=REQUEST) for _ in range(3)),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes] == [Outcome, InFlight, InFlight]
    assert await store.head("poll") == 1


async def test_the_same_request_at_once_in_two_processes_gets_one_answer(
    database: str, submitted: Submitted
) -> None:
    """Each makes a stream of its own, as a request that opens something does."""
    pools: list[Pool] = [await open_pool(database, f"replica {n}") for n in range(2)]
    async with EventStore(pools[0], source="t") as one, EventStore(pools[1], source="t") as two:
        for n in range(20):
            key = f"a-key-of-16-chars-{n}"
            request = IdempotentRequest("POST /count", key, sha256(b"body").digest())
            first, second = await asyncio.gather(
                submit(one, Submit([submitted()]), request=request, stream=f"schedule-a-{n}"),
                submit(two, Submit([submitted()]), request=request, stream=f"schedule-b-{n}"),
            )
            assert first.answer == second.answer
            assert {first.replayed, second.replayed} == {True, False}
            assert await one.head("poll") == n + 1
    for pool in pools:
        await pool.close()


def test_given_when_then_catches_what_is_wrong(submitted: Submitted) -> None:
    counter = Spec(Counter())
    counter.given(submitted(1)).when(Submit([submitted(2)])).then(submitted(2))
    counter.given().when(Submit([])).then_nothing()
    counter.given(submitted(1)).when(Submit([submitted(2)] * 3)).then_rejected(Full)

    with pytest.raises(AssertionError):
        counter.given().when(Submit([submitted(2)])).then(submitted(1))
    with pytest.raises(AssertionError):
        counter.given().when(Submit([submitted(2)])).then_nothing()
    with pytest.raises(pytest.fail.Exception):
        counter.given().when(Submit([])).then_rejected(Full)


class Picky(Counter):
    """Refuses at one, changes nothing at two."""

    def decide(self, state: int, command: Submit, /) -> Sequence[ScheduleSubmitted]:
        if state == 1:
            raise Full
        return [] if state == 2 else command.facts


async def test_what_another_process_did_meanwhile_counts_in_every_decision(
    store: EventStore, pool: Pool, submitted: Submitted
) -> None:
    async def picky() -> Outcome[int]:
        command = Submit([submitted(9)])
        return await transact(store, Picky(), "schedule-1", command, key="poll", answer=as_answer)

    async with EventStore(pool, source="test") as other:
        await submit(store, Submit([submitted(1)]))
        with pytest.raises(Full):
            await picky()
        await submit(other, Submit([submitted(2)]))
        assert (await picky()).recorded == ()
        await submit(other, Submit([submitted(3)]))
        assert (await picky()).version == 4
        with pytest.raises(Full):
            await submit(other, Submit([submitted(4)]))


async def test_a_stream_that_only_we_change_is_not_read_again(
    store: EventStore, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(store, Submit([submitted(1)]))
    monkeypatch.delattr(store.__class__, "read")
    assert (await submit(store, Submit([submitted(2)]))).version == 2
    assert (await submit(store, Submit([submitted(3)]), expected_version=2)).version == 3


async def test_a_new_stream_is_not_read_at_all(
    store: EventStore, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(store.__class__, "read")
    assert (await submit(store, Submit([submitted(1)]), is_new=True)).version == 1


async def test_a_stream_that_is_not_as_new_as_it_is_said_to_be_is_read(
    store: EventStore, pool: Pool, submitted: Submitted
) -> None:
    async with EventStore(pool, source="test") as other:
        await submit(other, Submit([submitted(1)]))
    outcome = await submit(store, Submit([submitted(2)]), is_new=True)
    assert (outcome.state, outcome.version) == (2, 2)


def test_only_the_streams_used_last_are_remembered() -> None:
    remembered = RememberedStates(most=2)
    for version, stream in enumerate(("a", "b"), 1):
        remembered.put(stream, None, version)
    remembered.get("a")
    remembered.put("c", None, 3)
    assert remembered.get("b") is None
    assert remembered.get("a") == (None, 1)
    remembered.forget("a")
    assert remembered.get("a") is None
