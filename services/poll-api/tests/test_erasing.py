"""A poll is erased: what people wrote is nowhere any more, and nothing brings it back."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from psycopg import sql

from chassis.access import hash_of, mint
from contracts.polls import PollErased
from contracts.schedules import ParticipantJoined
from eventstore.rebuild import rebuild
from inbox.testing.owner import TOKEN, Owner, envelope_of
from poll_api import maintenance
from poll_api.projections import TABLES, project_polls
from poll_api.settings import Settings
from poll_api.testing import END, HOUR, NOW, Poll, PollApi, bearer, iso, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "kanarienvogel"
WORDS: dict[str, Any] = {
    "title": f"{CANARY} title",
    "description": f"{CANARY} description",
    "rules": {"groups": [{"name": f"{CANARY} group", "at_least": 1}]},
}


async def told(api: PollApi) -> tuple[Poll, UUID]:
    """A poll that says a lot, in several of its facts and in a kept answer; and a guest's id."""
    guest = uuid5(UUID(int=0), str(uuid4()))
    poll = await api.opens(**WORDS, access="invited", invited=[str(guest)])
    await api.revises(poll, {"title": f"{CANARY} again", "deadline": iso(END - HOUR)})
    await api.does(poll, "close", None, {"Idempotency-Key": str(uuid4())})
    return poll, guest


def dump(database: str, tables: Sequence[str] = ()) -> str:
    """Every row of these tables, or of all there are."""
    with psycopg.connect(database) as connection:
        all_of_them = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall()
        rows = [
            row
            for table in tables or [name for (name,) in all_of_them]
            for (row,) in connection.execute(
                sql.SQL("select t::text from {} t").format(sql.Identifier(table))
            ).fetchall()
        ]
    return "\n".join(sorted(rows))


async def statuses(api: PollApi, poll: Poll, *headers: dict[str, str]) -> set[int]:
    asked = headers or (poll.organiser, poll.answer, {})
    return {(await api.client.get(poll.path, headers=one)).status_code for one in asked}


async def test_nothing_that_was_written_is_left(poll_api: PollApi) -> None:
    poll, guest = await told(poll_api)
    assert CANARY in dump(poll_api.database)
    answer = await poll_api.erases(poll)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Commontime-Sequence"] == "polls=4"
    after = dump(poll_api.database)
    assert CANARY not in after
    assert str(guest) not in after
    with psycopg.connect(poll_api.database) as connection:
        kept = connection.execute(
            "select from idempotency where stream = %s", (f"poll-{poll.id}",)
        ).fetchall()
        timers = connection.execute("select from timers where key = %s", (str(poll.id),)).fetchall()
    assert (kept, timers) == ([], [])


async def test_afterwards_there_is_no_poll_for_anyone(poll_api: PollApi) -> None:
    poll, _ = await told(poll_api)
    unknown = Poll({**poll.opened, "id": str(uuid4())})
    await poll_api.erases(poll)
    for asked in (poll, unknown):
        answers = [
            await poll_api.reads(asked, asked.organiser),
            await poll_api.reads(asked, asked.answer),
            await poll_api.revises(asked, {"title": "x"}),
            await poll_api.does(asked, "reopen"),
            await poll_api.rotates(asked, "answer"),
            await poll_api.erases(asked),
            await poll_api.client.get(f"{asked.path}/history", headers=asked.organiser),
        ]
        assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "not_found")}


async def test_other_services_are_told_and_find_redacted_facts(poll_api: PollApi) -> None:
    poll, _ = await told(poll_api)
    await poll_api.erases(poll)
    path = f"/internal/v1/keys/{poll.id}/facts"
    facts = (await poll_api.client.get(path, headers=bearer(TOKEN))).json()
    assert CANARY not in str(facts)
    assert [item["type"] for item in facts["items"]][-1] == PollErased.TYPE
    recorded = await poll_api.service.store.read(f"poll-{poll.id}")
    assert [one.metadata["actor"] for one in recorded] == ["anyone", *["organiser"] * 3]
    assert [one.sequence for one in recorded] == [1, 2, 3, 4]


@pytest.mark.parametrize("match", ['"1"', '"4"', '"x"'])
async def test_who_has_read_another_version_erases_nothing(poll_api: PollApi, match: str) -> None:
    poll, _ = await told(poll_api)
    before = poll_api.stored(poll)
    answer = await poll_api.erases(poll, match=match)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert poll_api.stored(poll) == before
    assert (await poll_api.erases(poll, match='"3"')).status_code == 204


async def test_one_must_say_which_version_one_erases(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.erases(poll, match=None)
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    malformed = await poll_api.erases(poll, match="1")
    assert malformed.status_code == 400
    assert await statuses(poll_api, poll, poll.organiser) == {200}


async def test_only_the_organiser_erases(poll_api: PollApi) -> None:
    poll, other = await poll_api.opens(), await poll_api.opens()
    before = poll_api.stored(poll)
    assert (await poll_api.erases(poll, poll.answer)).status_code == 403
    for headers in (other.organiser, bearer(mint("organiser"))):
        assert (await poll_api.erases(poll, headers)).status_code == 404
    assert poll_api.stored(poll) == before


async def test_of_many_who_erase_at_once_one_does(poll_api: PollApi, settings: Settings) -> None:
    async with running(settings.model_copy(update={"instance_id": "two"})) as replica:
        for _ in range(5):
            poll, _ = await told(poll_api)
            answers = await asyncio.gather(
                *(api.erases(poll) for api in (poll_api, replica) for _ in range(3))
            )
            assert sorted(answer.status_code for answer in answers) == [204, *[404] * 5]
            recorded = await poll_api.service.store.read(f"poll-{poll.id}")
            assert [type(one.fact) for one in recorded].count(PollErased) == 1


async def test_what_happens_while_it_is_erased_leaves_nothing_either(
    poll_api: PollApi, settings: Settings
) -> None:
    async with running(settings.model_copy(update={"instance_id": "two"})) as replica:
        for turn in range(6):
            poll, _ = await told(poll_api)
            before = [replica.revises(poll, {"title": f"{CANARY} {turn} {n}"}) for n in range(turn)]
            after = [
                poll_api.revises(poll, {"description": f"{CANARY} {turn} {n}"}) for n in range(5)
            ]
            answers = await asyncio.gather(*before, poll_api.erases(poll), *after)
            assert {answer.status_code for answer in answers} <= {200, 204, 404, 409}
            assert answers[len(before)].status_code in (204, 409)
            if answers[len(before)].status_code == 409:
                assert (await poll_api.erases(poll)).status_code == 204
            assert CANARY not in dump(poll_api.database)
            assert await statuses(poll_api, poll, poll.organiser) == {404}


async def test_a_rebuild_brings_nothing_back(poll_api: PollApi, settings: Settings) -> None:
    poll, _ = await told(poll_api)
    untouched = await poll_api.opens()
    await poll_api.erases(poll)
    before = dump(poll_api.database, TABLES)
    await rebuild(poll_api.service.pool, [project_polls], TABLES)
    assert dump(poll_api.database, TABLES) == before
    await maintenance.rebuild(settings, [])
    assert await statuses(poll_api, poll) == {404}
    assert (await poll_api.reads(untouched, untouched.organiser)).json() == untouched.known
    assert CANARY not in dump(poll_api.database)


async def test_links_of_participants_go_and_late_ones_are_not_learnt(
    poll_api: PollApi, availability: Owner
) -> None:
    poll, links = await poll_api.opens(), [mint("edit"), mint("edit")]
    facts = [
        ParticipantJoined(
            poll_id=poll.id,
            participant_id=uuid4(),
            polls_sequence=1,
            edit_hash=hash_of(link),
            joined_at=NOW,
        )
        for link in links
    ]
    stored = availability.facts[str(poll.id)]
    stored.append(envelope_of(str(poll.id), 1, facts[0]))
    least = {"Commontime-Min-Sequence": "schedules=1"}
    assert (await poll_api.reads(poll, {**bearer(links[0]), **least})).status_code == 200
    await poll_api.erases(poll)
    stored.append(envelope_of(str(poll.id), 2, facts[1]))
    assert await poll_api.service.inbox.all_of("schedules", str(poll.id)) == 2
    for link in links:
        assert (await poll_api.reads(poll, bearer(link))).status_code == 404
        assert hash_of(link) not in dump(poll_api.database)


async def test_no_answer_from_before_is_given_again(poll_api: PollApi) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    poll = await poll_api.opens(key, **WORDS)
    rotating = {"Idempotency-Key": str(uuid4())}
    await poll_api.rotates(poll, "answer", rotating)
    await poll_api.erases(poll)
    assert (await poll_api.rotates(poll, "answer", rotating)).status_code == 404
    another = await poll_api.opens(key, **WORDS)
    assert another.id != poll.id
    await poll_api.erases(another)
