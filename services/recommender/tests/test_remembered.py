"""A repeated question gets its answer from memory, and never one that is no longer true."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from httpx import Response

from contracts.fact import Fact
from contracts.polls import PollClosed, PollRevised, Visibility
from inbox.testing.service import until
from recommender.settings import Settings
from recommender.testing import (
    AT,
    Others,
    Person,
    Poll,
    Recommender,
    details_of,
    free,
    opened,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

Ask = Callable[[], Awaitable[Response]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def second(settings: Settings, recommender: Recommender) -> AsyncGenerator[Recommender]:
    """Another replica, which takes nothing in itself, and keeps answers nowhere else."""
    idle = {"instance_id": "two", "kafka_bootstrap_servers": "127.0.0.1:9"}
    idle_settings = settings.model_copy(update={**idle, "answer_cache_bytes": 0})
    async with opened(idle_settings) as running:
        yield running


def asking(replica: Recommender, poll: Poll, token: str | None = None, **query: Any) -> Ask:
    """Of whoever does not say what they have seen already."""

    async def ask() -> Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        path = f"/api/v1/polls/{poll.id}/recommendations"
        return await replica.client.get(path, headers=headers, params=query)

    return ask


async def warm(*asks: Ask) -> list[Response]:
    """What each answers from memory: twice the same."""
    answers: list[Response] = []
    for ask in asks:
        before, again = await ask(), await ask()
        assert before.content == again.content
        answers.append(again)
    return answers


async def becomes(ask: Ask, expected: Callable[[Response], bool]) -> None:
    async def answered() -> bool:
        return expected(await ask())

    await until(answered)


def count(number: int) -> Callable[[Response], bool]:
    return lambda answer: answer.json()["participants"]["total"] == number


def guaranteed(number: int) -> Callable[[Response], bool]:
    def expected(answer: Response) -> bool:
        found = answer.json()["recommendations"]
        return (found[0]["guaranteed"] if found else 0) == number

    return expected


def status(code: int) -> Callable[[Response], bool]:
    return lambda answer: answer.status_code == code


async def with_two(they: Others, **details: Any) -> tuple[Poll, Person, Person]:
    poll = await they.opened(**details)
    ann = await they.answered(poll, "canary-ann", free(0, 2))
    return poll, ann, await they.answered(poll, "canary-ben", free(0, 2))


def revised(poll: Poll, **details: Any) -> Fact:
    return PollRevised(poll_id=poll.id, details=details_of(**details), revised_at=AT)


async def test_what_is_asked_again_is_answered_without_the_database(
    second: Recommender, they: Others, settings: Settings
) -> None:
    poll, ann, _ = await with_two(they)
    await second.asked(poll)
    asks = [asking(second, poll, token) for token in (poll.organiser, ann.token)]
    for ask in asks:
        await becomes(ask, lambda answer: len(answer.json()["people"]) == 2)
    before = await warm(*asks)
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        conn.execute("lock table known_polls, seen, standings, profiles in access exclusive mode")
        for ask, answer in zip(asks, before, strict=True):
            again = await ask()
            assert (again.status_code, again.content) == (200, answer.content)
            assert again.headers["etag"] == answer.headers["etag"]
            assert again.headers["commontime-sequence"] == "polls=1, schedules=4"
        other = await asking(second, poll, poll.organiser, limit=1, people="counts")()
        assert len(other.json()["recommendations"]) == 1


async def test_each_question_and_each_visitor_has_an_answer_of_their_own(
    recommender: Recommender, they: Others
) -> None:
    poll, ann, _ = await with_two(they, visibility=Visibility(names="organiser"))
    await they.submits(poll, ann, free(0, 1), free(3, 5))
    await recommender.asked(poll)
    ask = asking(recommender, poll, poll.organiser)
    await becomes(ask, lambda answer: len(answer.json()["people"]) == 2)
    await warm(ask)
    (one,) = await warm(asking(recommender, poll, poll.organiser, limit=1))
    assert len(one.json()["recommendations"]) == 1
    (limited,) = await warm(asking(recommender, poll, poll.answer))
    assert "canary" not in limited.text
    (own,) = await warm(asking(recommender, poll, ann.token))
    assert list(own.json()["people"]) == [str(ann.id)]
    for stranger in (None, "nobody's", poll.organiser.upper()):
        refused = await asking(recommender, poll, stranger)()
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def test_who_has_the_answer_gets_304_from_memory_and_200_after_a_change(
    recommender: Recommender, they: Others
) -> None:
    poll, ann, _ = await with_two(they)
    ask = asking(recommender, poll, poll.organiser)
    await recommender.asked(poll)
    await becomes(ask, lambda answer: len(answer.json()["people"]) == 2)
    (answer,) = await warm(ask)
    path, credential = answer.request.url.path, answer.request.headers["authorization"]
    for known in (answer.headers["etag"], f'"x", {answer.headers["etag"]}', "*"):
        headers = {"Authorization": credential, "If-None-Match": known}
        unchanged = await recommender.client.get(path, headers=headers)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == answer.headers["etag"]
        assert unchanged.headers["commontime-sequence"] == "polls=1, schedules=4"
    headers = {"Authorization": credential, "If-None-Match": '"another"'}
    assert (await recommender.client.get(path, headers=headers)).content == answer.content
    await they.withdraws(poll, ann)
    await recommender.asked(poll)
    headers["If-None-Match"] = answer.headers["etag"]
    assert (await recommender.client.get(path, headers=headers)).status_code == 200


async def test_who_says_what_they_have_seen_gets_nothing_older(
    recommender: Recommender, second: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await second.asked(poll)
    for number in range(20):
        await warm(asking(second, poll, poll.organiser))
        await they.submits(poll, ann, free(0, 1 + number % 5))
        for replica in (second, recommender):
            answer = await replica.asked(poll)
            assert answer.json()["as_of"]["schedules"] == poll.schedules


async def test_nothing_is_remembered_of_who_withdrew_or_was_erased(
    recommender: Recommender, second: Recommender, they: Others
) -> None:
    poll, ann, ben = await with_two(they)
    await recommender.asked(poll)
    for replica in (recommender, second):
        ask = asking(replica, poll, poll.organiser)
        await becomes(ask, lambda answer: len(answer.json()["people"]) == 2)
        await warm(ask, asking(replica, poll, ann.token))
    await they.withdraws(poll, ben)
    for replica in (recommender, second):
        await becomes(asking(replica, poll, poll.organiser), guaranteed(1))
        await warm(asking(replica, poll, poll.organiser), asking(replica, poll, ann.token))
    await they.erases(poll, ann)
    for replica in (recommender, second):
        await becomes(asking(replica, poll, poll.organiser), count(1))
        answer = await asking(replica, poll, poll.organiser)()
        assert str(ann.id) not in answer.text
        assert "canary-ann" not in answer.text
        assert (await asking(replica, poll, ann.token)()).status_code == 404


async def test_a_new_name_reaches_every_replica(
    recommender: Recommender, second: Recommender, they: Others
) -> None:
    poll, ann, _ = await with_two(they)
    await recommender.asked(poll)
    for replica in (recommender, second):
        await becomes(asking(replica, poll, poll.answer), lambda one: "canary-ann" in one.text)
        await warm(asking(replica, poll, poll.answer))
    await they.names(poll, ann, "Anna", version=2)
    for replica in (recommender, second):
        await becomes(asking(replica, poll, poll.answer), lambda one: "Anna" in one.text)
        assert "canary-ann" not in (await asking(replica, poll, poll.answer)()).text


async def test_what_visitors_may_see_changes_at_once(
    recommender: Recommender, second: Recommender, they: Others
) -> None:
    poll, *_ = await with_two(they, access="public", duration=timedelta(minutes=30))
    await recommender.asked(poll)
    replicas = (recommender, second)
    for replica in replicas:
        await becomes(asking(replica, poll), lambda one: "canary-ben" in one.text)
        await warm(asking(replica, poll), asking(replica, poll, poll.answer))
    await they.decides(
        poll, revised(poll, access="public", visibility=Visibility(names="organiser"))
    )
    for replica in replicas:
        await becomes(asking(replica, poll), lambda one: one.json()["duration"] == "PT1H")
        (anyone,) = await warm(asking(replica, poll))
        assert "canary" not in anyone.text
    await they.decides(poll, revised(poll, visibility=Visibility(results="after_close")))
    for replica in replicas:
        await becomes(asking(replica, poll), status(404))
        await becomes(asking(replica, poll, poll.answer), status(403))
    await they.decides(poll, PollClosed(poll_id=poll.id, reason="manual", closed_at=AT))
    for replica in replicas:
        await becomes(asking(replica, poll, poll.answer), status(200))


async def test_a_replica_that_is_no_longer_told_asks_the_database(
    recommender: Recommender, second: Recommender, they: Others, settings: Settings
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await recommender.asked(poll)
    ask = asking(second, poll, poll.organiser)
    for number in range(5):
        await warm(ask)
        with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where"
                " application_name = 'recommender feed' and datname = current_database()"
            )
        await they.submits(poll, ann, free(number, number + 1))
        await recommender.asked(poll)
        assert (await ask()).json()["as_of"]["schedules"] == poll.schedules

    async def trusted() -> bool:
        return second.service.feed.trusted

    await until(trusted)
    await warm(ask)
    assert second.service.entries.at_hand(poll.id) is not None
