"""Facts stay as they were told, whoever asks; an erasure takes out of them what is personal."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from contracts.schedules import ScheduleSubmitted
from eventstore.store import EventStore

As = Callable[[str], str]
# What would be another value of each column.
DIFFERENT = {
    "position": "default",
    "stream": "stream || 'x'",
    "version": "version + 7",
    "key": "key || 'x'",
    "sequence": "sequence + 7",
    "id": "gen_random_uuid()",
    "type": "type || 'x'",
    "schema": "schema + 1",
    "recorded_at": "recorded_at + interval '1 second'",
}
ERASABLE = {"data", "metadata"}


@pytest.fixture
async def facts(
    database: str, store: EventStore, submitted: Callable[[int], ScheduleSubmitted]
) -> str:
    """The URL of a store with two facts."""
    await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll")
    return database


@pytest.fixture(params=["the service", "the owner", "a superuser"])
def url(request: pytest.FixtureRequest, facts: str, as_owner: As, as_superuser: As) -> str:
    """The same database as each of them has it."""
    seen_by: dict[str, As] = {"the service": str, "the owner": as_owner}
    return seen_by.get(request.param, as_superuser)(facts)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from events",
        "delete from events where version = 2",
        "truncate events",
        "truncate events, outbox",
    ],
)
def test_nobody_deletes_facts(url: str, facts: str, statement: str) -> None:
    refusal = "permission denied" if url == facts else "facts are never deleted"
    with psycopg.connect(url, autocommit=True) as connection:
        with pytest.raises(InsufficientPrivilege, match=refusal):
            connection.execute(statement.encode())
        assert connection.execute("select count(*) from events").fetchall() == [(2,)]


def test_nobody_tells_a_fact_differently(url: str, facts: str) -> None:
    refusal = "permission denied" if url == facts else "only data and metadata may change"
    with psycopg.connect(url, autocommit=True) as connection:
        before = connection.execute("select * from events order by position").fetchall()
        for column, value in DIFFERENT.items():
            with pytest.raises(InsufficientPrivilege, match=refusal):
                connection.execute(f"update events set {column} = {value}".encode())
        assert connection.execute("select * from events order by position").fetchall() == before


def test_no_column_of_facts_was_forgotten(facts: str) -> None:
    with psycopg.connect(facts) as connection:
        columns = {
            name
            for (name,) in connection.execute(
                "select attname from pg_attribute"
                " where attrelid = 'events'::regclass and attnum > 0 and not attisdropped"
            )
        }
    assert columns == DIFFERENT.keys() | ERASABLE


def test_everybody_can_take_out_what_is_personal(url: str) -> None:
    with psycopg.connect(url) as connection:
        cursor = connection.execute("""update events set data = '{}', metadata = '{"a": 1}'""")
        assert cursor.rowcount == 2


def test_who_was_granted_more_keeps_what_is_harmless_of_it(facts: str, as_superuser: As) -> None:
    """A reader does not become a writer, and a writer loses what nobody may do with facts."""
    with psycopg.connect(as_superuser(facts)) as connection:
        connection.execute("create role reads; create role writes")
        connection.execute("grant select on events to reads")
        connection.execute("grant all on events to writes")
        connection.execute("select restrict_events()")
        granted = connection.execute(
            "select r, p from unnest(array['reads', 'writes']) r, unnest(string_to_array("
            "'SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER MAINTAIN', ' ')) p"
            " where has_table_privilege(r, 'events', p)"
        ).fetchall()
        assert granted == [("reads", "SELECT"), ("writes", "SELECT"), ("writes", "INSERT")]
        columns = connection.execute(
            "select attname from pg_attribute where attrelid = 'events'::regclass and attnum > 0"
            " and has_column_privilege('writes', 'events', attname, 'UPDATE') order by 1"
        ).fetchall()
        assert columns == [("data",), ("metadata",)]
        connection.rollback()
