"""An answer depends on the facts alone: not on their way here, nor on what a replica has kept."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from httpx import Response

from contracts.fact import Span
from contracts.polls import PollRevised
from inbox.testing.owner import Owner
from inbox.testing.service import until
from recommender.maintenance import rebuild
from recommender.migrations import FOLDERS
from recommender.settings import Settings
from recommender.testing import (
    AT,
    START,
    WINDOW,
    Others,
    Person,
    Poll,
    Recommender,
    details_of,
    free,
    opened,
    settings_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFERENCES = ("preferred", "available", "if_needed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def second(settings: Settings, recommender: Recommender) -> AsyncGenerator[Recommender]:
    """Another replica on the same database."""
    async with opened(settings.model_copy(update={"instance_id": "two"})) as running:
        yield running


async def something_happens(
    they: Others, poll: Poll, people: list[Person], rng: random.Random
) -> None:
    """One random fact about the poll or its people."""
    kind = rng.choice(
        ("join", "submit", "submit", "submit", "withdraw", "weigh", "erase", "revise")
    )
    if kind == "join" or not people:
        people.append(await they.joined(poll))
    elif kind == "submit":
        start = rng.randrange(0, 30) / 4
        interval = free(start, start + rng.randrange(1, 12) / 4, rng.choice(PREFERENCES))
        await they.submits(poll, rng.choice(people), interval)
    elif kind == "withdraw":
        await they.withdraws(poll, rng.choice(people))
    elif kind == "weigh":
        await they.weighs(poll, rng.choice(people), rng.randrange(1, 5))
    elif kind == "erase":
        await they.erases(poll, people.pop(rng.randrange(len(people))))
    else:
        later = Span(start=START.replace(hour=rng.randrange(9, 12)), end=WINDOW.end)
        details = details_of(window=later)
        await they.decides(poll, PollRevised(poll_id=poll.id, details=details, revised_at=AT))


async def happened(they: Others, seed: int, facts: int = 25) -> Poll:
    rng, people = random.Random(seed), list[Person]()
    poll = await they.opened()
    for _ in range(facts):
        await something_happens(they, poll, people, rng)
    return poll


async def body(recommender: Recommender, poll: Poll) -> bytes:
    answer = await recommender.asked(poll)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("seed", range(3))
async def test_replicas_that_keep_up_answer_like_one_that_starts_anew(
    recommender: Recommender, second: Recommender, settings: Settings, they: Others, seed: int
) -> None:
    rng, people = random.Random(seed), list[Person]()
    poll = await they.opened()
    for _ in range(30):
        await something_happens(they, poll, people, rng)
        if rng.random() < 0.5:
            one, two = await body(recommender, poll), await body(second, poll)
            assert one == two
    kept = settings.model_copy(
        update={"instance_id": "forgetful", "index_cache_bytes": 0, "answer_cache_bytes": 0}
    )
    async with opened(kept) as anew:
        assert await body(anew, poll) == await body(recommender, poll) == await body(second, poll)


async def test_many_answers_at_once_are_taken_in_like_one_after_the_other(
    recommender: Recommender, second: Recommender, they: Others
) -> None:
    poll = await they.opened()
    first = [await they.answered(poll, None, free(n % 5, n % 5 + 1.5)) for n in range(5)]
    await body(recommender, poll)
    for n in range(60):
        await they.answered(poll, None, free(n % 7, n % 7 + 2, PREFERENCES[n % 3]))
    await they.erases(poll, first[0])
    assert await body(recommender, poll) == await body(second, poll)


@pytest.mark.parametrize("seed", range(10, 13))
async def test_any_order_and_number_of_deliveries_ends_in_the_same_bytes(
    recommender: Recommender,
    they: Others,
    template_database: Callable[..., str],
    module_database: Callable[[str], str],
    kafka_bootstrap: str,
    topic_prefix: str,
    poll_api: Owner,
    availability: Owner,
    seed: int,
) -> None:
    poll = await happened(they, seed)
    expected = await body(recommender, poll)
    rng, key = random.Random(seed), str(poll.id)
    facts = poll_api.facts[key] + availability.facts[key]
    delivered = [fact for fact in facts if rng.random() < 0.8] + rng.sample(facts, len(facts) // 3)
    rng.shuffle(delivered)
    other = settings_of(
        module_database(template_database("recommender", *FOLDERS)),
        kafka_bootstrap,
        topic_prefix,
        poll_api,
        availability,
    )
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(opened(other))
        they_again = Others(poll_api, availability, they.topics)
        they_again.topics = type(they.topics)(they.topics.producer, kafka_bootstrap, topic_prefix)
        for envelope in delivered:
            await they_again.send(envelope)
        assert await body(elsewhere, poll) == expected


async def test_a_rebuild_ends_in_the_same_rows_and_the_same_bytes(
    recommender: Recommender, settings: Settings, they: Others
) -> None:
    polls = [await happened(they, seed) for seed in (20, 21)]
    before = [await body(recommender, poll) for poll in polls]
    rows = everything(settings)
    they.poll_api.tells_heads = they.availability.tells_heads = True
    try:
        await rebuild(settings, [])
    finally:
        they.poll_api.tells_heads = they.availability.tells_heads = False
    assert everything(settings) == rows
    assert [await body(recommender, poll) for poll in polls] == before


def everything(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every row but those of names, which are numbered anew."""
    tables = ("known_polls", "poll_history", "edit_links", "standings", "schedules")
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        return {
            table: conn.execute(f"select t::text from {table} t order by 1").fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue]  # names of tables, from the line above
            for table in tables
        }


@pytest.mark.parametrize("which", ["organiser", "answer", "edit"])
async def test_a_link_rotated_at_one_replica_is_dead_at_the_others_within_a_second(
    recommender: Recommender, second: Recommender, they: Others, which: Any
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    old = ann.token if which == "edit" else getattr(poll, which)
    for replica in (recommender, second):
        await body(replica, poll)
        assert (await asked_as_usual(replica, poll, old)).status_code == 200
    if which == "edit":
        assert await they.rotates_link_of(poll, ann) == old
    else:
        assert await they.rotates(poll, which) == old
    assert (await recommender.asked(poll, old)).status_code == 404

    async def dead() -> bool:
        return (await asked_as_usual(second, poll, old)).status_code == 404

    await until(dead, 1)
    new = ann.token if which == "edit" else getattr(poll, which)
    assert (await asked_as_usual(second, poll, new)).status_code == 200


async def asked_as_usual(replica: Recommender, poll: Poll, token: str) -> Response:
    """By somebody who does not know what has happened."""
    headers = {"Authorization": f"Bearer {token}"}
    return await replica.client.get(f"/api/v1/polls/{poll.id}/recommendations", headers=headers)
