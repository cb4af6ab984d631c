"""A poll that has grown large since the database last counted its rows is read in a moment."""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from recommender.migrations import FOLDERS

PEOPLE = 2_000
SQL_MODE: LiteralString = "set plan_cache_mode = "

_STANDINGS: LiteralString = """
insert into standings (poll_id, participant_id, sequence, gone, role, weight, groups, at)
select coalesce(%(poll)s, gen_random_uuid()), gen_random_uuid(), n, false, 'optional', 1, '[]',
       now()
from generate_series(1, %(people)s) n
"""
_SCHEDULES: LiteralString = """
insert into schedules (poll_id, participant_id, sequence, packed, at)
select poll_id, participant_id, sequence + %(people)s, '\\x', at from standings
where %(poll)s::uuid is null or poll_id = %(poll)s
"""


@pytest.fixture
def database(
    template_database: Callable[..., str],
    new_database: Callable[[str], str],
    as_owner: Callable[[str], str],
) -> Iterator[Connection[TupleRow]]:
    url = as_owner(new_database(template_database("recommender", *FOLDERS)))
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("standings", "schedules"):
            connection.execute(f"alter table {table} set (autovacuum_enabled = off)")  # type: ignore[arg-type]  # one of two names
        yield connection


@pytest.mark.parametrize("analyzed", ["never", "before they came"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("file", "name"),
    [("queries.sql", "people_since"), ("past.sql", "people_at"), ("past.sql", "schedule_facts")],
)
def test_nobody_is_compared_with_everybody(
    database: Connection[TupleRow], analyzed: str, plan: LiteralString, file: str, name: str
) -> None:
    if analyzed == "before they came":
        fill(database, None, 20)
        database.execute("analyze standings, schedules")
    poll = uuid4()
    fill(database, poll, PEOPLE)
    database.execute(
        "insert into seen (source, key, sequence) values ('schedules', %s, %s)",
        (str(poll), 2 * PEOPLE),
    )
    database.execute(SQL_MODE + plan)
    parameters = {"poll": poll, "since": 0, "after": 0, "limit": 101, "sequence": 2 * PEOPLE}
    steps = sum(rows_touched(explained(database, file, name, parameters)))
    assert PEOPLE / 40 < steps < 30 * PEOPLE


def fill(database: Connection[TupleRow], poll: UUID | None, people: int) -> None:
    """A poll of so many people who have answered; without `poll` each is in another one."""
    for statement in (_STANDINGS, _SCHEDULES):
        database.execute(statement, {"poll": poll, "people": people})


def explained(
    database: Connection[TupleRow], file: str, name: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    statement = b"explain (analyze, format json) " + load("recommender", file)[name]
    row = database.execute(statement, parameters, prepare=True).fetchone()
    assert row is not None
    return row[0][0]["Plan"]


def rows_touched(node: dict[str, Any]) -> Iterator[float]:
    """What each part of the plan has read, wanted or not, as often as it was run."""
    in_vain = sum(number for what, number in node.items() if what.startswith("Rows Removed"))
    yield node["Actual Loops"] * (node["Actual Rows"] + in_vain)
    for part in node.get("Plans", ()):
        yield from rows_touched(part)
