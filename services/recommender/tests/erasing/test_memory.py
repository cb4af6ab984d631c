"""Of whoever and whatever was erased, no replica keeps a word in memory, nor goes on telling it."""

import gc
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from inbox.testing.service import until
from recommender.answering import Query
from recommender.answers import Answers, Audience
from recommender.live.testing import Served
from recommender.ranking.index import Person, PollIndex
from recommender.testing import Others, Poll, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Put together where they are needed: a test remembers what it says itself.
TITLE, NAME = ("canary", "title"), ("canary", "name")
_OURS = ("recommender.", "contracts.", "starlette.responses", "collections", "weakref")
_PLAIN = (str, bytes, dict, list, tuple, set, frozenset)


def word(parts: tuple[str, str]) -> str:
    return "-".join(parts)


async def asks_everything(replica: Served, poll: Poll) -> None:
    headers = {"Authorization": f"Bearer {poll.organiser}", **poll.up_to_date}
    start = "2027-03-01T09:00:00Z"
    for path in (
        "recommendations",
        "recommendations?as_of=polls:1",
        f"recommendations/changes?start={start}",
        "heatmap",
        "timeline",
    ):
        answer = await replica.client.get(f"/api/v1/polls/{poll.id}/{path}", headers=headers)
        assert answer.status_code == 200, answer.text


async def knows_by_name(replica: Served, poll: Poll) -> None:
    async def named() -> bool:
        await asks_everything(replica, poll)
        return holds(replica, word(NAME))

    await until(named)


def holds(replica: Served, text: str) -> bool:
    """Whether it occurs in anything that the service's caches and streams hold."""
    service = replica.service
    return word_in([service.entries, service.answers, service.hub], text)


def word_in(roots: Iterable[object], text: str) -> bool:
    gc.collect()
    return any(
        (isinstance(held, str) and text in held)
        or (isinstance(held, bytes) and text.encode() in held)
        for held in _reached(roots)
    )


def _reached(roots: Iterable[object]) -> Iterable[Any]:
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        kind = type(each)
        if id(each) in seen or not (kind in _PLAIN or str(kind.__module__).startswith(_OURS)):
            continue
        seen.add(id(each))
        yield each
        waiting += gc.get_referents(each)


async def test_of_an_erased_poll_no_replica_keeps_its_title_or_a_name(
    served: Served, second: Served, they: Others
) -> None:
    poll = await they.opened(title=word(TITLE))
    await they.answered(poll, word(NAME), free(0, 2))
    for replica in (served, second):
        await knows_by_name(replica, poll)
        assert holds(replica, word(TITLE))
    async with served.watching(poll) as watching, second.watching(poll) as elsewhere:
        await watching.events(3)
        await elsewhere.events(3)
        await they.erases_poll(poll)
        assert await watching.ended()
        assert await elsewhere.ended()
    for replica in (served, second):
        assert await replica.has_no_viewers()
        assert not holds(replica, word(TITLE))
        assert not holds(replica, word(NAME))
        assert not holds(replica, poll.id.hex)


async def test_of_an_erased_person_no_replica_keeps_the_name_or_the_id(
    served: Served, second: Served, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, word(NAME), free(0, 2))
    await they.answered(poll, None, free(0, 2))
    for replica in (served, second):
        await knows_by_name(replica, poll)
        assert holds(replica, str(ann.id))
    await they.erases(poll, ann, tombstone=False)
    for replica in (served, second):

        async def forgotten(replica: Served = replica) -> bool:
            return not holds(replica, word(NAME)) and not holds(replica, str(ann.id))

        await until(forgotten)


async def test_what_was_being_made_meanwhile_is_not_kept(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, word(NAME), free(0, 2))
    await knows_by_name(served, poll)
    service, everybody = served.service, Audience(everyone=True)
    entry = await service.entries.read(poll.id)
    assert entry is not None
    answers = Answers(service.pool, index_bytes=1_000_000, answer_bytes=1_000_000)

    async def made() -> PollIndex:
        if forgotten:
            answers.forget(forgotten)
        return PollIndex(entry.poll.times, [Person(str(ann.id), schedule=b"")])

    forgotten: frozenset[UUID] | None = None
    await answers.answer_at(entry.poll, entry.heads, everybody, Query(), made)
    assert word_in([answers], word(NAME))
    forgotten = frozenset([poll.id])
    await answers.answer_at(entry.poll, entry.heads, everybody, Query(limit=3), made)
    assert not word_in([answers], word(NAME))

    async with answers.taken(entry.poll, entry.heads.schedules):
        pass
    assert word_in([answers], str(ann.id))
    async with answers.taken(entry.poll, entry.heads.schedules):
        answers.forget(forgotten)
    assert not word_in([answers], str(ann.id))
