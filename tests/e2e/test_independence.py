"""Any one service may be away: the others answer what is theirs, and it catches up by itself."""

from collections.abc import AsyncGenerator

import pytest

from commontime_driver import Commontime, Person, Poll, at, eventually, free
from separate_processes import SeparateProcesses


@pytest.fixture
async def driver(separate: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(separate.url, separate.admin_token) as driver:
        yield driver


@pytest.fixture
async def poll(driver: Commontime) -> Poll:
    return await driver.opens_a_poll()


@pytest.fixture
async def ann(driver: Commontime, poll: Poll) -> Person:
    """Someone whose answer has gone everywhere."""
    ann = await driver.joins(poll)
    await driver.submits(ann, free(0, 1))
    await eventually(lambda: starts(driver, poll), lambda seen: seen == [at(0)])
    return ann


async def test_without_poll_api_people_answer_and_read_recommendations(
    separate: SeparateProcesses, driver: Commontime, poll: Poll, ann: Person
) -> None:
    with separate.without("poll-api"):
        await is_away(driver, poll.path, poll.answer)
        await driver.submits(ann, free(2, 3))
        await driver.submits(await driver.joins(poll, "Ben"), free(2, 3))
        await eventually(lambda: starts(driver, poll), lambda seen: seen == [at(2)])
        event = await driver.creates_an_event(completion={"mode": "manual"})
        assert await driver.sees_event(event["id"], driver.admin_token)
    await separate.is_ready("poll-api")
    decided = await driver.finalises(poll, at(2))
    await comes_to_be(driver, poll, decided["event_id"])


async def test_without_availability_polls_are_decided_and_read(
    separate: SeparateProcesses, driver: Commontime, poll: Poll, ann: Person
) -> None:
    with separate.without("availability"):
        await is_away(driver, f"{poll.path}/participants", poll.answer)
        meanwhile = await driver.opens_a_poll()
        assert await starts(driver, poll) == [at(0)]
        decided = await driver.finalises(poll, at(0))
        await comes_to_be(driver, poll, decided["event_id"])
    await separate.is_ready("availability")
    await driver.submits(await driver.joins(meanwhile), free(4, 5))
    await eventually(lambda: starts(driver, meanwhile), lambda seen: seen == [at(4)])


async def test_without_the_recommender_all_goes_on_and_it_catches_up(
    separate: SeparateProcesses, driver: Commontime, poll: Poll, ann: Person
) -> None:
    with separate.without("recommender"):
        await is_away(driver, f"{poll.path}/recommendations", poll.answer)
        await driver.submits(ann, free(3, 4))
        decided = await driver.finalises(poll, at(3))
        await comes_to_be(driver, poll, decided["event_id"])
    await separate.is_ready("recommender")
    await eventually(lambda: starts(driver, poll), lambda seen: seen == [at(3)])


async def test_without_event_lifecycle_a_poll_is_finalised_and_its_event_comes_later(
    separate: SeparateProcesses, driver: Commontime, poll: Poll, ann: Person
) -> None:
    with separate.without("event-lifecycle"):
        await is_away(driver, "/api/v1/events", driver.admin_token)
        await driver.submits(ann, free(5, 6))
        await eventually(lambda: starts(driver, poll), lambda seen: seen == [at(5)])
        decided = await driver.finalises(poll, at(5))
    await separate.is_ready("event-lifecycle")
    await comes_to_be(driver, poll, decided["event_id"])


async def starts(driver: Commontime, poll: Poll) -> list[str]:
    """When the recommended meetings begin, as the recommender knows by itself."""
    seen = await driver.sees_recommended(poll, least=False)
    return [one["start"] for one in seen["recommendations"]]


async def is_away(driver: Commontime, path: str, token: str) -> None:
    """What its service would answer is refused with a problem that says so."""
    answer = await driver.client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"


async def comes_to_be(driver: Commontime, poll: Poll, event_id: str) -> None:
    await eventually(
        lambda: driver.sees_event(event_id, poll.answer), lambda event: event is not None
    )
