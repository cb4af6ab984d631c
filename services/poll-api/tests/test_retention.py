"""Polls whose time is long over are erased, once, and no other."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from chassis.named_sql import load
from contracts.polls import PollErased
from poll_api.migrations import FOLDERS
from poll_api.retention import AT_ONCE, Retention, retention_of
from poll_api.settings import Settings
from poll_api.testing import HOUR, NOW, Poll, PollApi, eventually, iso, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = 90
DAY, MOMENT = 24 * HOUR, timedelta(microseconds=1)
LONG_AGO = NOW - 400 * DAY


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def past(settings: Settings) -> AsyncGenerator[PollApi]:
    """The service as it was long ago, when polls could be opened that are over by now."""
    never = settings.model_copy(update={"poll_retention_days": 0})
    async with running(never, lambda: LONG_AGO) as api:
        with psycopg.connect(api.database) as connection:
            connection.execute("update retention set begins_at = now()")
        yield api


def retaining(api: PollApi, days: int = DAYS) -> Retention:
    return retention_of(api.service, api.database, days, CollectorRegistry())


async def over_since(api: PollApi, end: datetime) -> Poll:
    return await api.opens(window={"start": iso(end - DAY), "end": iso(end)})


async def is_erased(api: PollApi, poll: Poll) -> bool:
    recorded = await api.service.store.read(f"poll-{poll.id}")
    return isinstance(recorded[-1].fact, PollErased)


async def test_a_poll_is_erased_so_many_days_after_its_window_and_not_before(
    past: PollApi,
) -> None:
    over = await over_since(past, NOW - DAYS * DAY - HOUR)
    not_yet = await over_since(past, NOW - DAYS * DAY + HOUR)
    retention = retaining(past)
    assert await retention.run_once() == 1
    assert (await past.reads(over, over.organiser)).status_code == 404
    assert (await past.reads(not_yet, not_yet.organiser)).status_code == 200
    recorded = await past.service.store.read(f"poll-{over.id}")
    assert [one.metadata["actor"] for one in recorded] == ["anyone", "retention"]
    assert over.known["title"] not in str(recorded)
    assert await retention.run_once() == 0


@pytest.mark.parametrize(("later", "found"), [(timedelta(), True), (MOMENT, False)])
async def test_the_edge_is_exact_to_the_microsecond(
    past: PollApi, later: timedelta, found: bool
) -> None:
    poll = await over_since(past, NOW - DAY)
    kept = timedelta(days=DAYS)
    statement = load("poll_api")["polls_over"]
    with psycopg.connect(past.database) as connection:
        connection.execute(
            "update polls set window_end = now() - %s + %s where poll_id = %s",
            (kept, later, poll.id),
        )
        rows = connection.execute(statement, {"kept": kept, "limit": 1000}).fetchall()
        connection.rollback()
    assert (poll.id in [poll_id for poll_id, *_ in rows]) is found


async def test_a_poll_that_was_given_more_time_is_kept(past: PollApi) -> None:
    poll = await over_since(past, NOW - 200 * DAY)
    longer = {"window": {"end": iso(NOW + DAY)}}
    assert (await past.revises(poll, longer)).status_code == 200
    assert await retaining(past).run_once() == 0
    assert not await is_erased(past, poll)


async def test_what_a_row_says_wrongly_is_not_believed(past: PollApi) -> None:
    poll = await over_since(past, NOW - DAY)
    with psycopg.connect(past.database) as connection:
        connection.execute(
            "update polls set window_end = now() - interval '1 year' where poll_id = %s",
            (poll.id,),
        )
    assert await retaining(past).run_once() == 0
    assert not await is_erased(past, poll)
    await past.does(poll, "close")


async def test_zero_days_keep_everything(past: PollApi) -> None:
    poll = await over_since(past, NOW - 300 * DAY)
    assert await retaining(past, days=0).run_once() == 0
    assert not await is_erased(past, poll)
    assert await retaining(past).run_once() == 1


async def test_two_replicas_erase_once_and_many_batches_are_no_trouble(
    past: PollApi, settings: Settings
) -> None:
    polls = await asyncio.gather(
        *(over_since(past, NOW - 200 * DAY) for _ in range(2 * AT_ONCE + 1))
    )
    never = settings.model_copy(update={"poll_retention_days": 0, "instance_id": "two"})
    async with running(never) as replica:
        retentions = [retaining(api) for api in (past, replica) for _ in range(2)]
        erased = await asyncio.gather(*(retention.run_once() for retention in retentions))
    assert sum(erased) + await retaining(past).run_once() == len(polls)
    for poll in polls:
        recorded = await past.service.store.read(f"poll-{poll.id}")
        assert [type(one.fact).__name__ for one in recorded] == ["PollOpened", "PollErased"]


async def test_while_one_replica_erases_another_leaves_it_alone(past: PollApi) -> None:
    poll = await over_since(past, NOW - 200 * DAY)
    with psycopg.connect(past.database) as connection:
        connection.execute("select pg_advisory_lock(hashtextextended('poll-api retention', 0))")
        assert await retaining(past).run_once() == 0
    assert not await is_erased(past, poll)
    assert await retaining(past).run_once() == 1


async def test_nothing_is_erased_on_the_first_day(
    past: PollApi, new_database: Callable[[str], str], template_database: Callable[..., str]
) -> None:
    with psycopg.connect(new_database(template_database("poll_api", *FOLDERS))) as connection:
        row = connection.execute("select begins_at - now() from retention").fetchone()
    assert row is not None
    assert DAY - HOUR < row[0] <= DAY
    poll = await over_since(past, NOW - 200 * DAY)
    with psycopg.connect(past.database, autocommit=True) as connection:
        connection.execute("update retention set begins_at = now() + interval '1 minute'")
        assert await retaining(past).run_once() == 0
        connection.execute("update retention set begins_at = now()")
    assert not await is_erased(past, poll)
    assert await retaining(past).run_once() == 1


async def test_the_service_erases_by_itself_and_tells_how_many_without_a_name(
    past: PollApi, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    poll = await over_since(past, NOW - 200 * DAY)
    said: list[str] = []

    async def is_said() -> bool:
        lines = capsys.readouterr().out.splitlines()
        said.extend(line for line in lines if "after their time" in line)
        return bool(said)

    async with running(settings.model_copy(update={"instance_id": "three"})) as api:
        await eventually(is_said)
        assert await is_erased(api, poll)
        assert "polls_retired_total 1.0" in (await api.client.get("/metrics")).text
    await is_said()
    assert len(said) == 1
    assert "count=1" in said[0]
    assert poll.known["title"] not in said[0]
    assert str(poll.id) not in said[0]


@pytest.mark.parametrize(
    ("days", "good"), [(0, True), (36_500, True), (-1, False), (36_501, False)]
)
async def test_the_setting_has_bounds(settings: Settings, days: int, good: bool) -> None:
    values: dict[str, Any] = {**settings.model_dump(), "poll_retention_days": days}
    if good:
        assert Settings.model_validate(values).poll_retention_days == days
    else:
        with pytest.raises(ValueError, match="days"):
            Settings.model_validate(values)
