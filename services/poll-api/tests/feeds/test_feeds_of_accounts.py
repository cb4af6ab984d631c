"""An account makes, replaces and gives up its feed; the link opens it, and nothing else does."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import structlog

from calendars.testing import read_calendar
from chassis.access import hash_of
from chassis.logs import configure_logs
from poll_api.feeds.testing import FEED, CalendarProgram, Person
from poll_api.settings import Settings
from poll_api.testing import PollApi, bearer

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEY = "an-idempotency-key-of-tests"


async def test_a_feed_is_made_and_its_link_is_shown_once(ann: Person) -> None:
    made = await ann.makes_a_feed(holds=True)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert body.keys() == {"capability", "link", "holds", "created_at"}
    assert body["capability"].startswith("ct_fed_")
    assert len(body["capability"]) == len("ct_fed_") + 43
    assert body["link"] == f"http://commontime.test/api/v1/feeds/{body['capability']}.ics"
    known = await ann.api.client.get(FEED, headers=ann.headers)
    assert known.json() == {"holds": True, "created_at": body["created_at"]}


async def test_a_feed_of_nothing_is_an_empty_calendar(ann: Person) -> None:
    program = await ann.subscribes()
    answer = await program.asks()
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    calendar = read_calendar(answer.content)
    assert (calendar.text("METHOD"), calendar.text("X-WR-CALNAME")) == ("PUBLISH", "Commontime")
    assert calendar["REFRESH-INTERVAL"].value == calendar.text("X-PUBLISHED-TTL") == "PT1H"
    assert calendar.components == []


async def test_another_feed_replaces_the_one_before(ann: Person) -> None:
    first = await ann.subscribes(holds=True)
    second = await ann.subscribes()
    assert (await first.asks()).status_code == 404
    assert (await second.asks()).status_code == 200
    known = await ann.api.client.get(FEED, headers=ann.headers)
    assert known.json()["holds"] is False


async def test_a_feed_that_is_given_up_opens_no_more(ann: Person) -> None:
    program = await ann.subscribes()
    dropped = await ann.api.client.delete(FEED, headers=ann.headers)
    assert (dropped.status_code, dropped.content) == (204, b"")
    assert (await program.asks()).status_code == 404
    for verb in ("GET", "DELETE"):
        answer = await ann.api.client.request(verb, FEED, headers=ann.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_revoked_mistyped_and_foreign_tokens_all_look_alike(ann: Person, bob: Person) -> None:
    program = await ann.subscribes()
    await bob.subscribes()
    await ann.api.client.delete(FEED, headers=ann.headers)
    poll = await bob.opens()
    capabilities: dict[str, str] = poll.opened["capabilities"]
    refusals: set[str] = set()
    for token in (
        program.link.rpartition("/")[2].removesuffix(".ics"),
        "ct_fed_" + "a" * 43,
        "ct_fed_" + "ä" * 43,
        "ct_fed_",
        "x" * 300,
        "%00",
        str(ann.account_id),
        *capabilities.values(),
    ):
        path = f"/api/v1/feeds/{token}.ics"
        answer = await ann.api.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), token
        refusals.add(json.dumps({**answer.json(), "instance": ""}))
    assert len(refusals) == 1


async def test_the_feeds_token_opens_nothing_but_the_feed(ann: Person) -> None:
    poll = await ann.opens()
    made = (await ann.makes_a_feed()).json()
    for path, status in ((poll.path, 404), (FEED, 401)):
        answer = await ann.api.client.get(path, headers=bearer(made["capability"]))
        assert answer.status_code == status


@pytest.mark.parametrize("verb", ["POST", "GET", "DELETE"])
async def test_only_an_account_has_a_feed(api: PollApi, ann: Person, verb: str) -> None:
    poll = await ann.opens()
    expired = bearer("a.b.c")
    for headers in ({}, poll.organiser, expired):
        answer = await api.client.request(
            verb, FEED, headers=headers, json={} if verb == "POST" else None
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_account_that_is_gone_has_no_feed_and_gets_none(api: PollApi) -> None:
    ann = Person(api, uuid4())
    with psycopg.connect(api.database, autocommit=True) as database:
        database.execute("insert into accounts (account_id) values (%s)", (ann.account_id,))
        program = await ann.subscribes()
        database.execute("delete from accounts where account_id = %s", (ann.account_id,))
    assert (await program.asks()).status_code == 404
    assert feeds_in(api.database, ann.account_id) == []
    assert (await ann.makes_a_feed()).status_code == 401


async def test_asking_twice_with_one_key_makes_one_feed(ann: Person, bob: Person) -> None:
    first = await ann.makes_a_feed(key=KEY)
    again = await ann.makes_a_feed(key=KEY)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["cache-control"] == "no-store"
    assert (await CalendarProgram(ann.api, first.json()["link"]).asks()).status_code == 200
    other = await ann.makes_a_feed(holds=True, key=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    theirs = await bob.makes_a_feed(key=KEY)
    assert theirs.json()["capability"] != first.json()["capability"]


@pytest.mark.parametrize("body", [{"holds": "often"}, {"holds": None}, {"hold": True}, [], "x"])
async def test_a_body_that_says_something_else_is_refused(ann: Person, body: Any) -> None:
    answer = await ann.api.client.post(FEED, json=body, headers=ann.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_only_a_hash_of_the_token_is_kept(ann: Person) -> None:
    made = (await ann.makes_a_feed(key=KEY + "-2")).json()
    token = made["capability"]
    assert feeds_in(ann.api.database, ann.account_id) == [hash_of(token)]
    with psycopg.connect(ann.api.database) as database:
        tables = database.execute(
            "select oid::regclass::text from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            rows = database.execute(f"select t::text from {table} t".encode()).fetchall()
            assert not [row for (row,) in rows if token in row], table


async def test_no_log_has_a_feeds_token(ann: Person, output: io.StringIO) -> None:
    program = await ann.subscribes()
    unknown = replace(program, link=program.link.replace("ct_fed_", "ct_fed-"))
    missing = replace(program, link=program.link.replace(".ics", ""))
    for one in (program, unknown, missing):
        await one.asks()
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert routes[-3:] == ["/api/v1/feeds/{token}.ics"] * 2 + ["unmatched"]
    token = program.link.rpartition("/")[2].removesuffix(".ics")
    assert token not in output.getvalue()
    assert token.removeprefix("ct_fed_") not in output.getvalue()


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[io.StringIO]:
    """What the process logs, as JSON lines, down to the least of it."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(settings.model_copy(update={"log_level": "DEBUG", "log_format": "json"}))
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def feeds_in(database: str, account_id: UUID) -> list[str]:
    """The hashes that are kept for the account."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select token_hash from feeds where account_id = %s", (account_id,)
        ).fetchall()
    return [token_hash for (token_hash,) in rows]
