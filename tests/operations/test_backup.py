"""A backup brings everything back as it was at one instant, but nothing that was erased since."""

import asyncio
import json
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from commontime_driver import Commontime, Person, Poll, at, eventually, free
from on_disk import (
    DATABASES,
    Tables,
    asked,
    by_key,
    facts,
    messages,
    places_of,
    tables,
    url_of,
    without,
)
from partner import Partner, serve_partner
from settings_under_test import DEVELOPMENT
from standalone.home import Home
from standalone.server import own_server
from standalone.testing import Instance

# Times and sessions; what is under way to Kafka; and since when others are compared with.
TIMELY = {
    "sessions",
    "password_resets",
    "reconciled",
    "outbox",
    "outgoing_states",
    "schema_migrations",
}
COUNTERS = {"name_generations", "seen_states", "scheduled_events", "emissions"}
IN_PLACE_OF_COUNTERS = {
    "event_lifecycle": b"select (to_jsonb(e) - 'changed')::text from scheduled_events e order by 1",
    "recommender": b"select (state::jsonb - 'version')::text from emissions order by 1",
}
FACTS = {
    "poll_api": "commontime.polls",
    "availability": "commontime.schedules",
    "event_lifecycle": "commontime.lifecycle",
}


def word() -> str:
    return f"canary{secrets.token_hex(8)}"


@dataclass
class Story:
    """What happened before the backup and after it."""

    instance: Instance
    partner: Partner
    decided: Poll
    open: Poll
    doomed: Poll
    left: Poll
    leaving: Person
    words: dict[str, str]
    recommended: dict[str, Any]
    at_cut: Tables
    said: str
    restored: Tables

    @property
    def erased(self) -> list[str]:
        return [self.doomed.id, self.left.id, self.leaving.id, self.words["account id"]]

    @property
    def home(self) -> Home:
        return self.instance.home


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="commontime-backup-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def story(folder: Path) -> Iterator[Story]:
    """Lived through once; the instance runs again at the end."""
    instance = Instance(folder)
    settings = {**DEVELOPMENT, "WEBHOOK_RETRY_SCHEDULE": '["PT10M"]'}
    try:
        with serve_partner() as partner:
            instance.ups(settings)
            instance.is_up()
            told = asyncio.run(before_the_backup(instance, partner))
            saved = instance.says("backup", str(folder / "backup"))
            assert saved.returncode == 0, saved.stderr
            told["at_cut"] = tables(instance.running.database)
            asyncio.run(after_the_backup(instance, told))
            instance.signals(signal.SIGINT)
            assert instance.ends() == 0
            done = instance.says("restore", str(folder / "backup"), "--yes")
            assert done.returncode == 0, done.stderr
            with own_server(instance.home) as server:
                told["restored"] = tables(server)
            instance.ups(settings)
            instance.is_up()
            yield Story(instance, said=done.stdout, **told)
            instance.signals(signal.SIGINT)
            assert instance.ends() == 0
    finally:
        instance.clean_up()


async def before_the_backup(instance: Instance, partner: Partner) -> dict[str, Any]:
    words = {name: word() for name in ("person", "title", "account", "long gone")}
    async with driver_of(instance) as commontime:
        decided = await commontime.opens_a_poll()
        await commontime.submits(await commontime.joins(decided), free(0, 3))
        partner.statuses = [500]
        await commontime.registers_a_webhook(partner.url, "poll.finalised")
        event = (await commontime.finalises(decided, at(0)))["event_id"]
        await eventually(lambda: commontime.sees_event(event, decided.answer), bool)
        release = await commontime.creates_an_event(title="Release")
        open_ = await commontime.opens_a_poll()
        for n in range(5):
            await commontime.submits(await commontime.joins(open_, f"P{n}"), free(n, n + 3))
        await commontime.erases(await commontime.joins(open_, words["long gone"]))
        doomed = await commontime.opens_a_poll(title=words["title"])
        await commontime.submits(await commontime.joins(doomed, words["person"]), free(1, 2))
        left = await commontime.opens_a_poll()
        leaving = await commontime.joins(left, words["person"])
        account = await commontime.registers(f"{words['account']}@example.org")
        words.update({"account id": account.id, "password": account.password})
        await is_completed(commontime, release["id"])
        await still(instance)
        recommended = await commontime.sees_recommended(open_)
    return {
        **{"decided": decided, "open": open_, "doomed": doomed, "left": left},
        **{"leaving": leaving, "words": words, "recommended": recommended, "partner": partner},
    }


async def after_the_backup(instance: Instance, told: dict[str, Any]) -> None:
    words = told["words"]
    async with driver_of(instance) as commontime:
        await commontime.submits(await commontime.joins(told["open"], "Late"), free(0, 9))
        after = await commontime.opens_a_poll(title="After the backup")
        await commontime.finalises(after, at(0))
        await eventually(lambda: deliveries(told["partner"]), lambda count: count == 2)
        await commontime.erases_poll(told["doomed"])
        await commontime.erases(told["leaving"])
        token = await commontime.signs_in(f"{words['account']}@example.org", words["password"])
        body = {"current_password": words["password"]}
        await commontime.asks("DELETE", "/api/v1/accounts/me", body, token)
        await still(instance)


async def is_completed(commontime: Commontime, event_id: str) -> None:
    async def status() -> str:
        event = await commontime.sees_event(event_id, commontime.admin_token)
        return str(event and event["status"])

    await eventually(status, lambda seen: seen == "completed")


async def deliveries(partner: Partner) -> int:
    return len(partner.received)


def driver_of(instance: Instance) -> Commontime:
    return Commontime(f"http://127.0.0.1:{instance.port}", instance.home.secret("admin-token"))


async def still(instance: Instance) -> None:
    """Nothing is on its way any more: everything has been told, and two looks are the same."""

    async def moving() -> bool:
        one = tables(instance.running.database)
        await asyncio.sleep(0.1)
        two = tables(instance.running.database)
        waiting = [one[f"{name}.outbox"] + one[f"{name}.outgoing_states"] for name in FACTS]
        led = len(one["poll_api.leading_times"]) != len(one["poll_api.polls"])
        behind = unseen(instance.running.database) or untold(instance.running.database)
        moved = without(one, [], TIMELY) != without(two, [], TIMELY)
        return any(waiting) or led or behind or moved

    await eventually(moving, lambda moves: not moves, seconds=60)


def unseen(server: str) -> bool:
    """Whether anybody who takes in the facts of a key has not taken in its last."""
    owners = {topic.rpartition(".")[2]: heads(server, owner) for owner, topic in FACTS.items()}
    return any(
        sequence < owners[source].get(key, 0)
        for consumer in DATABASES
        for source, key, sequence in asked(
            server, consumer, "select source, key, sequence from seen"
        )
        if source in owners
    )


def untold(server: str) -> bool:
    """Whether the recommender still has to say what is new of a poll."""
    waiting = "select poll_id from emissions e join known_polls using (poll_id) where due > emitted"
    return bool(asked(server, "recommender", waiting))


def heads(server: str, owner: str) -> dict[str, int]:
    return dict(asked(server, owner, "select key, max(sequence) from events group by key"))


def test_every_table_is_as_it_was_at_the_instant_of_the_backup(story: Story) -> None:
    now, then = (without(t, story.erased, TIMELY) for t in (story.restored, story.at_cut))
    assert now == then
    assert sum(map(len, then.values())) > 100


def test_whoever_restores_hears_what_is_lost(story: Story) -> None:
    assert "poll-api         3 newer facts of 2 keys are gone" in story.said
    assert "availability     3 newer facts of 2 keys are gone" in story.said
    assert "Erasing again what was erased since: 3." in story.said


def test_what_was_erased_after_the_backup_is_nowhere(story: Story) -> None:
    words = [story.words[name] for name in ("person", "title", "account")]
    assert all(places_of(story.at_cut, each) for each in words), "it was there once"
    assert [places_of(story.restored, each) for each in words] == [set(), set(), set()]
    sent = b"".join(
        value for topic in messages(story.instance.running.kafka).values() for _, _, value in topic
    )
    assert not [each for each in words if each.encode() in sent]
    assert not places_of(story.at_cut, story.words["long gone"])


def test_the_list_of_erasures_holds_what_was_erased_and_no_words(story: Story) -> None:
    listed = story.instance.says("erasures")
    assert listed.returncode == 0, listed.stderr
    lines = [json.loads(line) for line in listed.stdout.splitlines()]
    erased = {(line["kind"], line["id"]) for line in lines}
    assert {
        ("poll", story.doomed.id),
        ("participant", story.leaving.id),
        ("account", story.words["account id"]),
    } <= erased
    assert {key for line in lines for key in line} == {"kind", "id", "poll_id", "at"}
    assert story.instance.says("erasures", "--since", "2100-01-01").stdout == ""


async def test_an_erased_poll_and_person_are_gone_for_their_links_too(story: Story) -> None:
    async with driver_of(story.instance) as commontime:
        for path, token in (
            (story.doomed.path, story.doomed.organiser),
            (story.leaving.path, story.leaving.edit),
        ):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await commontime.client.get(path, headers=headers)
            assert answer.status_code in {401, 404}
        there = await commontime.asks(
            "GET", f"{story.left.path}/participants", None, story.left.answer
        )
        assert there.json()["items"] == []


async def test_the_topics_hold_all_facts_again_in_their_order(story: Story) -> None:
    async def missing() -> set[str]:
        sent = messages(story.instance.running.kafka)
        return {
            topic
            for database, topic in FACTS.items()
            if by_key(sent.get(topic, []))
            != {
                key: [id_ for id_, _ in stored]
                for key, stored in facts(story.instance.running.database, database).items()
            }
        }

    assert await eventually(missing, lambda left: left == set(), seconds=60) == set()


async def test_recommendations_are_those_of_then(story: Story) -> None:
    async with driver_of(story.instance) as commontime:
        assert await commontime.sees_recommended(story.open, least=False) == story.recommended


async def test_a_pending_delivery_goes_on_and_no_id_is_given_twice(story: Story) -> None:
    """What a partner remembers by its id must not be taken for something it was told before."""
    pending = story.restored["event_lifecycle.webhook_deliveries"]
    assert pending == story.at_cut["event_lifecycle.webhook_deliveries"]
    assert [",pending,1," in row for row in pending] == [True]
    async with driver_of(story.instance) as commontime:
        await commontime.finalises(story.open, at(0))
        await eventually(lambda: deliveries(story.partner), lambda count: count >= 3)
    ids = [headers["webhook-id"] for headers, _ in story.partner.received]
    assert len(set(ids)) == len(ids)


async def test_people_go_on_where_they_were(story: Story) -> None:
    async with driver_of(story.instance) as commontime:
        poll = await commontime.opens_a_poll()
        await commontime.submits(await commontime.joins(poll), free(2, 5))
        best = (await commontime.sees_recommended(poll))["recommendations"][0]
        decided = await commontime.finalises(poll, best["start"])
        await eventually(lambda: commontime.sees_event(decided["event_id"], poll.answer), bool)


async def test_made_anew_from_the_facts_nothing_is_different(story: Story) -> None:
    before = await read_models(story.instance)
    rebuilt = story.instance.says("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert await read_models(story.instance) == before


async def read_models(instance: Instance) -> Tables:
    """All but counters: of names, of transactions, of versions seen and told."""
    await still(instance)
    server = instance.running.database
    read = without(tables(server), [], {*TIMELY, *COUNTERS})
    for database, query in IN_PLACE_OF_COUNTERS.items():
        with psycopg.connect(url_of(server, database)) as connection:
            read[database] = [row for (row,) in connection.execute(query).fetchall()]
    return read
