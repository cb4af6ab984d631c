"""kill -9 of each part under load: nothing acknowledged is lost, and nothing happens twice."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import httpx
import psycopg
import pytest

from commontime_driver import JSON, Commontime, at, eventually
from contracts.topics import SCHEDULES
from crowd import Crowd
from separate_processes import SeparateProcesses
from topic_by_hand import TopicByHand

COMMANDS = 200


@pytest.fixture
async def driver(separate: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(separate.url, separate.admin_token) as driver:
        yield driver


@asynccontextmanager
async def answering(driver: Commontime, separate: SeparateProcesses) -> AsyncGenerator[Crowd]:
    """A crowd that answers without a pause; in the end nothing it was told may be untrue."""
    crowd = Crowd(driver, Random(5))
    await crowd.gathers(polls=3, people=3)
    await crowd.answers_once()
    load = asyncio.create_task(crowd.keeps_answering())
    await crowd.has_answered(20)
    yield crowd
    await crowd.has_answered(20)
    crowd.stopping = True
    await load
    topic = TopicByHand(separate, SCHEDULES)
    crowd.finds_everything(lambda poll_id: topic.stored(poll_id, after=0))
    await crowd.is_understood()


async def test_the_broker_dies_and_only_the_news_is_late(
    separate: SeparateProcesses, driver: Commontime
) -> None:
    async with answering(driver, separate) as crowd:
        assert separate.kafka.child
        separate.kafka.child.kill()
        await crowd.has_answered(30)
        separate.kafka.start()
        await asyncio.to_thread(separate.kafka.wait_until_ready)
    assert set(driver.statuses) <= {200, 201, 429}


async def test_postgresql_dies_and_every_acknowledged_answer_is_still_there(
    separate: SeparateProcesses, driver: Commontime
) -> None:
    async def refused() -> int:
        return driver.statuses[503]

    async with answering(driver, separate):
        separate.kill_postgres()
        await eventually(refused, lambda count: count > 0)
        separate.postgres.start()
        await asyncio.to_thread(separate.postgres.wait_until_ready)
    assert set(driver.statuses) <= {200, 201, 429, 503}


@pytest.mark.soak
@pytest.mark.parametrize("again", range(10))
async def test_both_servers_die_again_and_again(
    separate: SeparateProcesses, driver: Commontime, again: int
) -> None:
    await test_the_broker_dies_and_only_the_news_is_late(separate, driver)
    driver.statuses.clear()
    await test_postgresql_dies_and_every_acknowledged_answer_is_still_there(separate, driver)


@dataclass
class Commands:
    """Two hundred commands to one service; `created` counts the facts they should lead to."""

    service: str
    type: str
    bodies: list[tuple[str, JSON, str]]

    def key(self, number: int) -> str:
        _, body, _ = self.bodies[number]
        return f"{body.get('title') or body['name']}-key"


async def to_poll_api(driver: Commontime) -> Commands:
    window = {"start": at(0), "end": at(9)}
    bodies = [
        ("/api/v1/polls", {"title": name, "window": window, "duration": "PT1H"}, "")
        for name in names()
    ]
    return Commands("poll-api", "commontime.poll.opened.v1", bodies)


async def to_availability(driver: Commontime) -> Commands:
    polls = [await driver.opens_a_poll() for _ in range(10)]
    bodies: list[tuple[str, JSON, str]] = [
        (f"{polls[number % 10].path}/participants", {"name": name}, polls[number % 10].answer)
        for number, name in enumerate(names())
    ]
    return Commands("availability", "commontime.participant.joined.v1", bodies)


async def to_event_lifecycle(driver: Commontime) -> Commands:
    bodies: list[tuple[str, JSON, str]] = [
        ("/api/v1/events", {"title": name, "starts_at": at(0)}, driver.admin_token)
        for name in names()
    ]
    return Commands("event-lifecycle", "commontime.event.scheduled.v1", bodies)


@pytest.mark.parametrize("commands", [to_poll_api, to_availability, to_event_lifecycle])
async def test_a_service_dies_amid_200_commands_and_each_takes_effect_once(
    separate: SeparateProcesses,
    driver: Commontime,
    commands: Callable[[Commontime], Awaitable[Commands]],
) -> None:
    wanted = await commands(driver)
    before = stored(separate, wanted)
    answers: list[httpx.Response] = []

    async def send(number: int) -> httpx.Response:
        path, body, token = wanted.bodies[number]
        answer = await driver.insists("POST", path, body, token, key=wanted.key(number))
        answers.append(answer)
        return answer

    async def acknowledged() -> int:
        return len(answers)

    sent = [asyncio.create_task(send(number)) for number in range(COMMANDS)]
    await eventually(acknowledged, lambda count: count >= COMMANDS // 10)
    separate.kill_service(wanted.service)
    assert len(answers) < COMMANDS
    separate.run_service(wanted.service)
    first = await asyncio.gather(*sent)

    assert driver.statuses[0] + driver.statuses[503] > 0
    assert {answer.status_code for answer in first} == {201}
    assert len({answer.json()["id"] for answer in first}) == COMMANDS
    assert stored(separate, wanted) == before + COMMANDS

    again = await asyncio.gather(*map(send, range(COMMANDS)))
    assert [answer.content for answer in again] == [answer.content for answer in first]
    assert {answer.headers["idempotent-replayed"] for answer in again} == {"true"}
    assert stored(separate, wanted) == before + COMMANDS
    await separate.is_ready(wanted.service)


async def test_timers_of_a_service_that_died_fire_once_each(
    separate: SeparateProcesses, driver: Commontime
) -> None:
    events = [await driver.creates_an_event() for _ in range(20)]
    separate.kill_service("event-lifecycle")
    separate.run_service("event-lifecycle")
    await separate.is_ready("event-lifecycle")
    for event in events:
        done = await eventually(
            lambda id_=event["id"]: driver.sees_event(id_),
            lambda seen: seen is not None and seen["status"] == "completed",
        )
        assert done is not None
        path = f"/api/v1/events/{event['id']}/history"
        history = (await driver.asks("GET", path, None, driver.admin_token)).json()["items"]
        assert [fact["type"] for fact in history] == [
            "commontime.event.scheduled.v1",
            "commontime.event.completed.v1",
        ]


def names() -> list[str]:
    run = secrets.token_hex(6)
    return [f"{run}-{number:03}" for number in range(COMMANDS)]


def stored(separate: SeparateProcesses, commands: Commands) -> int:
    """How many facts of this type the service's store holds."""
    (service,) = (s for s in separate.services if s.name == commands.service)
    with psycopg.connect(separate.database(service)) as connection:
        row = connection.execute(
            "select count(*) from events where type = %s", (commands.type,)
        ).fetchone()
    assert row
    return row[0]
