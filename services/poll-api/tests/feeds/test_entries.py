"""A feed shows what the account's polls decided, and what they might, to those who may know it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from calendars.testing import Component
from contracts.recommendations import PollRecommendations
from contracts.topics import RECOMMENDATIONS
from inbox.testing.messages import Topics
from inbox.topics import ensure_topics
from poll_api.feeds import entries
from poll_api.feeds.testing import Person, leading_at
from poll_api.settings import Settings
from poll_api.testing import HOUR, START, Poll, PollApi, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Recommender:
    """Says over Kafka which times lead a poll; returns when poll-api has taken it in."""

    topics: Topics
    api: PollApi
    version: int = 0

    async def says(self, poll: Poll, *starts: datetime, available: int = 2) -> None:
        self.version += 1
        state = leading_at(poll, self.version, *starts, available=available)
        await self._sends(poll, state)

    async def forgets(self, poll: Poll) -> None:
        await self._sends(poll, None)

    async def _sends(self, poll: Poll, state: PollRecommendations | None) -> None:
        await self.topics.send_state(str(poll.id), state, RECOMMENDATIONS)
        wanted = (0, True) if state is None else (state.version, False)

        async def is_seen() -> bool:
            row = self.rows("select version, erased from seen_states where key = %s", str(poll.id))
            return bool(row) and (row[0] == wanted or (state is None and row[0][1]))

        await eventually(is_seen)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.api.database) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recommendations(api: PollApi, settings: Settings) -> AsyncGenerator[Recommender]:
    bootstrap, prefix = settings.kafka_bootstrap_servers, settings.kafka_topic_prefix
    await ensure_topics(bootstrap, prefix, [RECOMMENDATIONS])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    yield Recommender(Topics(producer, bootstrap, prefix), api)
    await producer.stop()


def uids(found: Sequence[Component]) -> list[str]:
    return [entry.text("UID").partition("@")[0] for entry in found]


def sequence(entry: Component) -> int:
    return int(entry["SEQUENCE"].value)


async def event_id(api: PollApi, poll: Poll) -> str:
    return (await api.reads(poll, poll.organiser)).json()["event_id"]


async def test_what_a_poll_decided_is_confirmed_at_its_events_id(api: PollApi, ann: Person) -> None:
    program = await ann.subscribes()
    poll = await ann.opens(title="Plän; one,\\n two", description="Bring\nnotes")
    assert await program.entries() == []
    await api.finalises(poll)
    entry = await program.the_entry()
    assert entry.text("UID") == f"{await event_id(api, poll)}@commontime.test"
    assert (entry.text("STATUS"), entry.text("TRANSP")) == ("CONFIRMED", "OPAQUE")
    assert entry["DTSTART"].instant == START
    assert entry["DTEND"].instant == START + HOUR
    assert entry.text("SUMMARY") == "Plän; one,\\n two"
    assert entry.text("DESCRIPTION") == "Bring\nnotes"
    assert entry.text("URL") == f"http://commontime.test/p/{poll.id}"
    assert sequence(entry) == 2


async def test_nobody_finds_anothers_polls_in_their_feed(
    api: PollApi, ann: Person, bob: Person
) -> None:
    for members in ({}, {"access": "public"}):
        await api.finalises(await ann.opens(**members))
    await api.finalises(await api.opens())
    assert await (await bob.subscribes(holds=True)).entries() == []


async def test_who_is_invited_has_the_meeting_as_long_as_they_are(
    api: PollApi, ann: Person, bob: Person
) -> None:
    poll = await ann.opens(access="invited", invited=[str(bob.account_id)])
    await api.finalises(poll)
    program = await bob.subscribes()
    assert uids(await program.entries()) == [await event_id(api, poll)]
    await api.revises(poll, {"access": "link", "invited": []})
    assert await program.entries() == []


async def test_a_cancelled_polls_meeting_is_gone(api: PollApi, ann: Person) -> None:
    program, poll = await ann.subscribes(), await ann.opens()
    await api.finalises(poll)
    await api.does(poll, "cancel")
    assert await program.entries() == []


async def test_a_hold_is_tentative_keeps_no_time_and_is_there_where_it_is_wanted(
    ann: Person, recommendations: Recommender
) -> None:
    program, poll = await ann.subscribes(holds=True), await ann.opens()
    assert await program.entries() == []
    await recommendations.says(poll, START, START + HOUR)
    hold = await program.the_entry()
    assert uids([hold]) == [f"hold-{poll.id}"]
    assert (hold.text("STATUS"), hold.text("TRANSP")) == ("TENTATIVE", "TRANSPARENT")
    assert hold["DTSTART"].instant == START
    assert await (await ann.subscribes()).entries() == []


async def test_a_hold_follows_the_leading_time_and_its_sequence_grows(
    api: PollApi, ann: Person, recommendations: Recommender
) -> None:
    program, poll = await ann.subscribes(holds=True), await ann.opens()
    await recommendations.says(poll, START)
    first = await program.the_entry()
    await recommendations.says(poll, START, START + 3 * HOUR)
    same = await program.the_entry()
    assert same == first
    await recommendations.says(poll, START + HOUR)
    moved = await program.the_entry()
    assert moved["DTSTART"].instant == START + HOUR
    assert moved.text("UID") == first.text("UID")
    assert sequence(moved) > sequence(first)
    assert moved["LAST-MODIFIED"].instant >= first["LAST-MODIFIED"].instant
    await recommendations.says(poll)
    assert await program.entries() == []
    await recommendations.says(poll, START + HOUR, available=0)
    assert await program.entries() == []
    await api.does(poll, "close")
    await recommendations.says(poll, START)
    assert sequence(await program.the_entry()) > sequence(moved)


async def test_a_reopened_poll_keeps_its_id_and_is_tentative_at_the_time_that_leads(
    api: PollApi, ann: Person, recommendations: Recommender
) -> None:
    program, poll = await ann.subscribes(), await ann.opens()
    await recommendations.says(poll, START)
    seen: list[Component] = []

    async def look() -> None:
        seen.append(await program.the_entry())

    await api.finalises(poll)
    await look()
    await recommendations.says(poll, START + HOUR)
    assert (await program.the_entry()) == seen[0], "what was decided does not follow what leads"
    await api.does(poll, "reopen")
    await look()
    await recommendations.says(poll)
    assert await program.entries() == []
    await recommendations.says(poll, START + 2 * HOUR)
    await look()
    await api.finalises(poll, START + 3 * HOUR)
    await look()
    assert set(uids(seen)) == {await event_id(api, poll)}
    assert [entry.text("STATUS") for entry in seen] == [
        "CONFIRMED",
        "TENTATIVE",
        "TENTATIVE",
        "CONFIRMED",
    ]
    starts = [entry["DTSTART"].instant for entry in seen]
    assert starts == [START + n * HOUR for n in range(4)]
    sequences = [sequence(entry) for entry in seen]
    assert sequences == sorted(set(sequences))


@pytest.mark.parametrize(
    ("results", "while_open", "after_close"),
    [("everyone", True, True), ("after_close", False, True), ("organiser", False, False)],
)
async def test_which_time_leads_is_told_to_those_alone_who_may_see_results(
    api: PollApi,
    ann: Person,
    bob: Person,
    recommendations: Recommender,
    results: str,
    while_open: bool,
    after_close: bool,
) -> None:
    poll = await ann.opens(
        access="invited", invited=[str(bob.account_id)], visibility={"results": results}
    )
    await recommendations.says(poll, START)
    owners, invited = await ann.subscribes(holds=True), await bob.subscribes(holds=True)
    assert bool(await invited.entries()) == while_open
    assert len(await owners.entries()) == 1
    await api.does(poll, "close")
    assert bool(await invited.entries()) == after_close
    assert len(await owners.entries()) == 1


async def test_an_erased_poll_is_in_no_feed_and_is_not_heard_of_again(
    api: PollApi, ann: Person, recommendations: Recommender
) -> None:
    program, poll = await ann.subscribes(holds=True), await ann.opens()
    await recommendations.says(poll, START)
    assert uids(await program.entries()) == [f"hold-{poll.id}"]
    assert (await api.erases(poll)).status_code == 204
    assert await program.entries() == []
    rows = "select 1 from leading_times where poll_id = %s"
    assert recommendations.rows(rows, poll.id) == []
    # What was on its way when the poll was erased.
    await recommendations.says(poll, START + HOUR)
    assert recommendations.rows(rows, poll.id) == []


async def test_of_an_erased_poll_nothing_stays(
    api: PollApi, ann: Person, recommendations: Recommender
) -> None:
    poll = await ann.opens()
    await recommendations.says(poll, START)
    await recommendations.forgets(poll)
    assert recommendations.rows("select 1 from leading_times where poll_id = %s", poll.id) == []
    await recommendations.topics.send_state(
        str(poll.id), leading_at(poll, 1_000, START), RECOMMENDATIONS
    )
    other = await ann.opens()
    await recommendations.says(other, START)
    assert recommendations.rows("select 1 from leading_times where poll_id = %s", poll.id) == []


async def test_a_program_that_has_it_is_told_so_until_something_changes(
    api: PollApi, ann: Person
) -> None:
    program, poll = await ann.subscribes(), await ann.opens()
    await api.finalises(poll)
    first, again = await program.asks(), await program.asks()
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    known = {"if-none-match": first.headers["etag"]}
    unchanged = await program.asks(**known)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await api.revises(poll, {"title": "Retro"})
    changed = await program.asks(**known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_the_latest_meetings_come_first_and_there_is_a_bound(
    api: PollApi, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await ann.subscribes()
    made: list[str] = []
    for hours in (2, 0, 3, 1):
        poll = await ann.opens()
        await api.finalises(poll, START + hours * HOUR)
        made.append(await event_id(api, poll))
    latest_first = [made[2], made[0], made[3], made[1]]
    assert uids(await program.entries()) == latest_first
    monkeypatch.setattr(entries, "MOST_ENTRIES", 3)
    assert uids(await program.entries()) == latest_first[:3]


async def test_a_poll_that_changes_hands_changes_calendars(
    api: PollApi, ann: Person, bob: Person
) -> None:
    poll = await ann.opens()
    await api.finalises(poll)
    hers, his = await ann.subscribes(), await bob.subscribes()
    handed = await api.client.post(
        f"{poll.path}/transfer", json={"account_id": str(bob.account_id)}, headers=ann.headers
    )
    assert handed.status_code == 200, handed.text
    assert (len(await hers.entries()), len(await his.entries())) == (0, 1)
